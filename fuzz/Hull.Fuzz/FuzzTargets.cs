using Hull.Fuzz.Targets;

namespace Hull.Fuzz;

/// <summary>Every target, by name.</summary>
internal static class FuzzTargets
{
    internal static IReadOnlyList<IFuzzTarget> All { get; } =
    [
        new RuntimePlanTarget(),
        new RuntimeReaderTarget(),
        new SeccompTarget(),
        new SeccompPeerTarget(isLibSeccomp: true),
        new SeccompPeerTarget(isLibSeccomp: false),
        new ContainerRecordTarget(),
        new BusMessageTarget(),
        new CriuReplyTarget(),
        new ReferenceTarget(),
        new ImageDocumentTarget(),
        new RegistryAnswerTarget(),
        new TarTarget(),
        new LayerTarget(),
        new CompressionTarget(),
        new ImageArchiveTarget(),
        new HullCommandLineTarget(),
        new OciCommandLineTarget(),
        new WordTarget(),
        new OptionTarget(),
        new TemplateTarget(),
        new AccountTarget(),
        new RecordTarget(),
        new PeerMessageTarget(),
        new KernelTarget(),
        new ProcessorTarget(),
        new BoardChipTarget(),
        new LegacyChipTarget(),
        new DiskImageTarget(),
        new MachineStateTarget(),
        new FileServerTarget(),
        new SocketTarget(),
        .. VirtioTarget.All,
    ];
}
