using System.Text;
using Hull.Cpu.Interpreter;
using Hull.Machine;
using Hull.Machine.Boot;
using Hull.Machine.Host;
using Hull.Machine.Snapshots;
using Hull.Testing;
using Microsoft.Win32.SafeHandles;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>A running guest goes from one processor to another and back, and into a snapshot and out of it.</summary>
public sealed class MoveTests : IDisposable
{
    private const char Tick = '!';
    private const int Moves = 6;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly ByteRecorder _output = new();
    private readonly HostClock _clock = new(TimeProvider.System);
    private readonly List<KvmProcessors> _kvm = [];
    private KvmHost? _host;

    public void Dispose()
    {
        _kvm.ForEach(machine => machine.Dispose());
        _host?.Dispose();
        _clock.Dispose();
    }

    [Theory]
    [InlineData(Place.Board, ApicUse.Periodic)]
    [InlineData(Place.Kernel, ApicUse.Periodic)]
    [InlineData(Place.Kernel, ApicUse.OneShot)]
    [InlineData(Place.Kernel, ApicUse.Deadline)]
    [InlineData(Place.Kernel, ApicUse.PeriodicHalting)]
    [InlineData(Place.Kernel, ApicUse.OneShotHalting)]
    public async Task Move_BetweenInterpreterAndKvmAndBack_GuestNoticesNothing(Place other, ApicUse use)
    {
        RequireKvm(other);
        using VirtualMachine machine = Build(_clock, Place.Interpreter);
        machine.Load(new BootRequest { Kernel = CountingGuest(use).ToBzImage() });
        using CancellationTokenSource cancellation = new();
        Task running = machine.RunAsync(cancellation.Token);
        for (int i = 0; i < Moves; i++)
        {
            WaitForMore();
            machine.Move(FactoryOf(i % 2 == 0 ? other : Place.Interpreter));
        }

        WaitForMore();
        await cancellation.CancelAsync();
        await running.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        AssertCountedOn();
    }

    [Fact]
    public async Task Move_BetweenTheTwoChipsOfKvm_GuestNoticesNothing()
    {
        RequireKvm(Place.Kernel);
        using VirtualMachine machine = Build(_clock, Place.Kernel);
        machine.Load(new BootRequest { Kernel = CountingGuest(ApicUse.Periodic).ToBzImage() });
        using CancellationTokenSource cancellation = new();
        Task running = machine.RunAsync(cancellation.Token);
        for (int i = 0; i < Moves; i++)
        {
            WaitForMore();
            machine.Move(FactoryOf(i % 2 == 0 ? Place.Board : Place.Kernel));
        }

        WaitForMore();
        await cancellation.CancelAsync();
        await running.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        AssertCountedOn();
    }

    [Theory]
    [InlineData(Place.Interpreter, Place.Interpreter, ApicUse.Periodic)]
    [InlineData(Place.Interpreter, Place.Board, ApicUse.Periodic)]
    [InlineData(Place.Board, Place.Interpreter, ApicUse.Periodic)]
    [InlineData(Place.Interpreter, Place.Kernel, ApicUse.Periodic)]
    [InlineData(Place.Kernel, Place.Interpreter, ApicUse.Periodic)]
    [InlineData(Place.Kernel, Place.Kernel, ApicUse.Periodic)]
    [InlineData(Place.Board, Place.Kernel, ApicUse.PeriodicHalting)]
    [InlineData(Place.Kernel, Place.Board, ApicUse.OneShotHalting)]
    public async Task Restore_OnTheOtherProcessor_GoesOnWhereItWas(Place saved, Place restored, ApicUse use)
    {
        RequireKvm(saved == Place.Kernel ? saved : restored);
        using TemporaryFile state = new();
        using TemporaryFile memory = new();
        using (VirtualMachine first = Build(_clock, saved))
        {
            first.Load(new BootRequest { Kernel = CountingGuest(use).ToBzImage() });
            using CancellationTokenSource cancellation = new();
            Task running = first.RunAsync(cancellation.Token);
            WaitForMore();
            first.Pause();
            first.Save(state.Handle, memory.Handle);
            await cancellation.CancelAsync();
            await running.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        }

        using HostClock clock = new(TimeProvider.System);
        using VirtualMachine second = Build(clock, restored);
        second.Restore(SavedMachine.Read(state.Handle), memory.Handle);
        using CancellationTokenSource end = new();
        Task again = second.RunAsync(end.Token);
        WaitForMore();
        await end.CancelAsync();
        await again.WaitAsync(s_limit, TestContext.Current.CancellationToken);

        AssertCountedOn();
    }

    private ProcessorFactory FactoryOf(Place place) => place == Place.Interpreter
        ? static (number, memory) => new InterpretingProcessor(memory)
        : (number, memory) =>
        {
            _kvm.Add(new KvmProcessors(_host!, memory, place == Place.Kernel ? InterruptChip.Kernel : InterruptChip.Board));
            return _kvm[^1].Create(number);
        };

    // Each kind of processor shows the guest only what the others have, too: so a snapshot goes on with any.
    private VirtualMachine Build(HostClock clock, Place place)
    {
        const uint X2Apic = 1 << 21;
        CpuidSource kvm = _host!.DescribeProcessors();
        CpuidResult Others(uint leaf, uint subleaf)
        {
            CpuidResult value = place == Place.Interpreter ? kvm(leaf, subleaf) : InterpretingProcessor.Describe(leaf, subleaf);
            value.Ecx &= leaf == 1 ? ~X2Apic : uint.MaxValue;
            return value;
        }

        return new(
            new MachineSpec { Memory = new ByteSize(64 << 20), SerialOutput = _output, AlsoOn = Others }, clock, FactoryOf(place));
    }

    // Enough letters, and a timer's tick among them, from now on.
    private void WaitForMore()
    {
        int before = _output.Text.Length;
        _output.WaitFor(text => text.Length > before + 100 && text.AsSpan(before).Contains(Tick), s_limit);
    }

    private void AssertCountedOn()
    {
        string letters = _output.Text.Replace(Tick.ToString(), "", StringComparison.Ordinal);
        StringBuilder expected = new();
        uint state = 1;
        while (expected.Length < letters.Length)
        {
            state = (state * 0x41C6_4E6D) + 12345;
            expected.Append((char)(((state >> 16) & 0x3F) + 0x30));
        }

        Assert.Equal(expected.ToString(), letters);
    }

    // Prints a sequence whose state goes through a general and a vector register, while a timer interrupts it.
    private static BareGuest CountingGuest(ApicUse use)
    {
        BareGuest guest = new();
        bool halts = use is ApicUse.PeriodicHalting or ApicUse.OneShotHalting;
        bool isOneShot = use is ApicUse.OneShot or ApicUse.OneShotHalting;
        uint entry = isOneShot ? 0x40u : use == ApicUse.Deadline ? 0x4_0040u : 0x2_0040u;
        guest.EnableTimer(entry, use == ApicUse.Deadline ? 0u : 2_000_000u);
        if (use == ApicUse.Deadline)
        {
            ArmDeadline(guest);
        }

        // CR4.OSFXSR for the vector register: mov rax, cr4; or ax, 0x600; mov cr4, rax.
        guest.Emit(0x0F, 0x20, 0xE0, 0x66, 0x0D, 0x00, 0x06, 0x0F, 0x22, 0xE0);

        // CR0.MP without EM and TS: mov rax, cr0; and al, 0xF3; or al, 2; mov cr0, rax; fninit; sti; mov r8d, 1.
        guest.Emit(0x0F, 0x20, 0xC0, 0x24, 0xF3, 0x0C, 0x02, 0x0F, 0x22, 0xC0, 0xDB, 0xE3, 0xFB);
        guest.Emit(0x41, 0xB8, 1, 0, 0, 0);
        int again = guest.Here;
        guest.Emit(0x45, 0x69, 0xC0, 0x6D, 0x4E, 0xC6, 0x41);
        guest.Emit(0x41, 0x81, 0xC0, 0x39, 0x30, 0, 0);

        // mov [0x6000], r8; movdqu xmm3, [0x6000]; xor r8d, r8d; a delay; mov [0x6000], r8; movdqu [0x6000], xmm3; mov r8, [0x6000].
        guest.Emit(0x4C, 0x89, 0x04, 0x25).Dword(0x6000);
        guest.Emit(0xF3, 0x0F, 0x6F, 0x1C, 0x25).Dword(0x6000);
        guest.Emit(0x45, 0x31, 0xC0, 0xB9).Dword(200).Emit(0xFF, 0xC9, 0x75, 0xFC);
        guest.Emit(0x4C, 0x89, 0x04, 0x25).Dword(0x6000);
        guest.Emit(0xF3, 0x0F, 0x7F, 0x1C, 0x25).Dword(0x6000);
        guest.Emit(0x4C, 0x8B, 0x04, 0x25).Dword(0x6000);
        guest.Emit(0x44, 0x89, 0xC0, 0xC1, 0xE8, 16, 0x24, 0x3F, 0x04, 0x30, 0x66, 0xBA, 0xF8, 0x03, 0xEE);
        byte rest = halts ? (byte)0xF4 : (byte)0x90;
        guest.Emit(rest);
        guest.Emit(0xE9).Dword((uint)(again - (guest.Here + 4)));
        guest.Emit(new byte[0x200 - guest.Here]);

        // The handler arms what does not come by itself again; RCX, too, is the program's.
        guest.Emit(0x50, 0x52, 0x51).Print(Tick.ToString()).Store(0xFEE0_00B0, 0);
        if (isOneShot)
        {
            guest.Store(0xFEE0_0380, 2_000_000);
        }
        else if (use == ApicUse.Deadline)
        {
            ArmDeadline(guest);
        }

        return guest.Emit(0x59, 0x5A, 0x58, 0x48, 0xCF);
    }

    // rdtsc; shl rdx, 32; or rax, rdx; add rax, 2000000; mov rdx, rax; shr rdx, 32; mov ecx, 0x6E0; wrmsr
    private static void ArmDeadline(BareGuest guest) => guest.Emit(0x0F, 0x31, 0x48, 0xC1, 0xE2, 32, 0x48, 0x09, 0xD0, 0x48, 0x05)
        .Dword(2_000_000).Emit(0x48, 0x89, 0xC2, 0x48, 0xC1, 0xEA, 32, 0xB9).Dword(0x6E0).Emit(0x0F, 0x30);

    private void RequireKvm(Place place)
    {
        Assert.SkipUnless(File.Exists("/dev/kvm"), "This machine has no /dev/kvm.");
        try
        {
            _host = new KvmHost();
        }
        catch (HullException error)
        {
            Assert.Skip(error.Message);
        }

        Assert.SkipUnless(place != Place.Kernel || _host.OffersKernelChip, "This KVM has no local APICs without the chips of a PC.");
    }

    /// <summary>Where a guest runs.</summary>
    public enum Place
    {
        /// <summary>On the interpreter.</summary>
        Interpreter,

        /// <summary>On KVM with the board's local APIC.</summary>
        Board,

        /// <summary>On KVM with its own.</summary>
        Kernel,
    }

    /// <summary>What a guest does with its timer, and whether it halts between letters.</summary>
    public enum ApicUse
    {
        /// <summary>A periodic count.</summary>
        Periodic,

        /// <summary>A count that is set again each time.</summary>
        OneShot,

        /// <summary>A deadline on the time-stamp counter.</summary>
        Deadline,

        /// <summary>A periodic count that wakes it.</summary>
        PeriodicHalting,

        /// <summary>A count, set again each time, that wakes it.</summary>
        OneShotHalting,
    }

    private sealed class TemporaryFile : IDisposable
    {
        private readonly string _path = Path.GetTempFileName();

        internal TemporaryFile() => Handle = File.OpenHandle(_path, access: FileAccess.ReadWrite);

        internal SafeFileHandle Handle { get; }

        public void Dispose()
        {
            Handle.Dispose();
            File.Delete(_path);
        }
    }
}
