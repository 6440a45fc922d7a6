using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>Random far transfers and task switches, run by Bochs and by the interpreter: what they print is equal.</summary>
/// <remarks>HULL_TRANSFER_FIRST, HULL_TRANSFER_COUNT choose the cases; HULL_TRANSFER_OUTPUT names a folder for what both print.</remarks>
public sealed class TransferTests
{
    private const string Bochs = "/usr/bin/bochs-bin";
    private const ulong Origin = 0x7C00;
    private const int FloppyBytes = 1474560;
    private const int Cases = 2000;
    private const int LimitMs = 120_000;
    private const string Done = "00000020"; // the vector of cases that come to their end
    private const int MarkWords = 7;
    private const int WordsOf32 = 30;
    private const uint VirtualFlag = 1 << 17;

    [Fact]
    public async Task RandomTransfers_OnBochsAndInterpreter_LeaveTheSameState()
    {
        Assert.SkipUnless(File.Exists(Bochs), "This machine has no Bochs (packages bochs, bochsbios, vgabios).");
        string source = await File.ReadAllTextAsync(Path.Combine(Folder, "Programs/transfers.asm"), TestContext.Current.CancellationToken);
        int count = Number("HULL_TRANSFER_COUNT", Cases);
        string choice = $"%define FIRST {Number("HULL_TRANSFER_FIRST", 1)}\n%define COUNT {count}\n";
        byte[] program = Assembler.Assemble(16, Origin, choice + source);

        Dictionary<string, string> theirs = Lines(await RunBochsAsync(program));
        Dictionary<string, string> ours = Lines(RunHere(program));

        List<string> different = [];
        foreach ((string number, string line) in theirs)
        {
            string mine = ours.GetValueOrDefault(number, "nothing");
            if (Comparable(mine) != Comparable(line))
            {
                different.Add($"Bochs {line}\nhere  {mine}");
            }
        }

        Assert.Equal(count, theirs.Count);
        Assert.True(different.Count == 0, $"{different.Count} of {theirs.Count} differ.\n{string.Join('\n', different.Take(20))}");
    }

    // What a transfer that fails has marked as accessed until then, and what random bytes do as code of virtual-8086 mode, is left open.
    private static string Comparable(string line)
    {
        string[] words = line.Split(' ');
        int marks = words.Length - MarkWords - 3;
        if (marks < 0 || words[1] == Done)
        {
            return line;
        }

        bool isVirtual = words.Length > WordsOf32 && (Convert.ToUInt32(words[13], 16) & VirtualFlag) != 0;
        for (int i = marks; i < marks + MarkWords; i++)
        {
            words[i] = (Convert.ToUInt32(words[i], 16) | 0x01010101).ToString("X8", CultureInfo.InvariantCulture);
        }

        return isVirtual ? words[0] : string.Join(' ', words);
    }

    private static string Folder => AppContext.BaseDirectory;

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    // Each line begins with its case's number.
    private static Dictionary<string, string> Lines(string text) => text.Split('\n')
        .Where(line => line.Length > 200 && line.Take(8).All(char.IsAsciiHexDigitUpper))
        .ToDictionary(line => line[..8], line => line.Trim());

    private static string RunHere(byte[] program)
    {
        using SparseMemory memory = new(1ul << 24);
        using InterpretingProcessor processor = new(memory);
        memory.TryWrite(new GuestAddress(Origin), program);
        ProcessorState state = ProcessorState.Reset();
        state.Cs = new SegmentState { Limit = 0xFFFF, Attributes = 0x9B };
        state.Rip = Origin;
        processor.Load(in state);
        TraceBoard board = new();
        using Timer timer = new(_ => processor.RequestStop(), null, LimitMs, Timeout.Infinite);
        ProcessorStop stop = processor.Run(board);
        processor.Save(ref state);
        string text = Keep("hull", board.Text);
        Assert.True(stop == ProcessorStop.Halted, $"{stop} at {state.Cs.Selector:x}:{state.Rip:x} with ESP {state.General[4]:x}, EAX {state.General[0]:x}.");
        return text;
    }

    private static async Task<string> RunBochsAsync(byte[] program)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hull-bochs-");
        try
        {
            string floppy = Path.Combine(folder.FullName, "floppy");
            byte[] image = new byte[FloppyBytes];
            program.CopyTo(image, 0);
            await File.WriteAllBytesAsync(floppy, image);
            string configuration = Path.Combine(folder.FullName, "bochsrc");
            string commands = Path.Combine(folder.FullName, "commands");
            await File.WriteAllTextAsync(configuration, $"""
                display_library: rfb, options="timeout=0"
                cpu: model=corei7_haswell_4770, count=1, ips=50000000, reset_on_triple_fault=0
                memory: guest=16, host=16
                romimage: file=/usr/share/bochs/BIOS-bochs-latest
                vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
                floppya: 1_44={floppy}, status=inserted
                boot: floppy
                port_e9_hack: enabled=1
                log: {folder.FullName}/log
                clock: sync=none
                panic: action=fatal
                error: action=ignore
                info: action=ignore

                """);
            await File.WriteAllTextAsync(commands, "c\n"); // Debian's build starts in its debugger
            using Process bochs = Process.Start(new ProcessStartInfo(Bochs, ["-q", "-rc", commands, "-f", configuration])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
                StandardOutputEncoding = Encoding.Latin1,
            })!;
            bochs.StandardInput.Close();
            using CancellationTokenSource limit = new(LimitMs);
            await using CancellationTokenRegistration end = limit.Token.Register(bochs.Kill);
            Task<string> complaints = bochs.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string text = await bochs.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await bochs.WaitForExitAsync(TestContext.Current.CancellationToken);
            await complaints;
            return Keep("bochs", text);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Keep(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("HULL_TRANSFER_OUTPUT") is { } folder)
        {
            File.WriteAllText(Path.Combine(folder, name + ".txt"), text);
        }

        return text;
    }
}
