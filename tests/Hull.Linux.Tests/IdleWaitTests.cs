using System.Globalization;
using Iced.Intel;

namespace Hull.Linux.Tests;

public sealed class IdleWaitTests
{
    private const string Smaps = """
        00200000-00288000 r--p 00000000 fe:00 1                                  /usr/bin/program one
        Rss:                 544 kB
        Anonymous:             0 kB
        00288000-00289000 r--p 00087000 fe:00 1                                  /usr/bin/program one
        Anonymous:             4 kB
        00347000-00670000 r-xp 00145000 fe:00 1                                  /usr/bin/program one
        Anonymous:             0 kB
        00676000-0079d000 rw-p 00473000 fe:00 1                                  /usr/bin/program one
        Anonymous:             0 kB
        7f0000000000-7f0000001000 r-xp 00000000 fe:00 2                          /usr/lib/other
        Anonymous:             0 kB
        7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0                          [vdso]
        Anonymous:             0 kB
        """;

    [Fact]
    public void Bytes_Disassembled_AreTheListingBesideThem()
    {
        string[] listing = CodeListing.Read("src/base/Hull.Linux/Events/IdleCode.cs");
        List<Instruction> code = CodeListing.Disassemble(IdleCode.Bytes);

        Assert.Equal(listing, code.Select(CodeListing.Describe));
        HashSet<ulong> starts = [.. code.Select(instruction => instruction.IP)];
        Assert.All(
            code.Where(instruction => instruction.IsJccShortOrNear || instruction.IsJmpShortOrNear),
            instruction => Assert.Contains(instruction.NearBranchTarget, starts));
    }

    [Fact]
    public void FindUnwritable_OfThisProgram_LiesInMappingsThatCannotBeWritten()
    {
        List<AddressRange> found = ProgramPages.FindUnwritable();

        string[] mappings = [.. File.ReadLines("/proc/self/maps")];
        Assert.Contains(found, range => mappings.Any(line => line.Contains(" r-xp ", StringComparison.Ordinal) && Holds(line, range)));
        Assert.All(found, range => Assert.Contains(mappings, line => line.Split(' ')[1] is "r-xp" or "r--p" && Holds(line, range)));
    }

    private static bool Holds(string mapping, AddressRange range)
    {
        long[] ends = [.. mapping.Split(' ')[0].Split('-').Select(end => long.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        return ends[0] <= range.Start && range.Start + range.Length <= ends[1];
    }

    [Fact]
    public void Select_OfMappings_TakesOnlyUnwrittenPagesOfTheProgram()
    {
        List<AddressRange> ranges = ProgramPages.Select(Smaps.Split('\n'), "/usr/bin/program one");

        Assert.Equal([new AddressRange(0x200000, 0x88000), new AddressRange(0x347000, 0x329000)], ranges);
    }

    [Fact]
    public void Wait_GivesEventsTimeAndKeysAsEpollDoes()
    {
        using IdleWait? idle = IdleWait.TryCreate();
        Assert.SkipUnless(idle is not null, "The code is for x86-64.");
        using Epoll epoll = new();
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using FileDescriptor first = reader;
        epoll.Add(reader, PollEvents.In, 42);
        var events = new EpollEvent[2];

        int before = idle.Wait(epoll, events, 0);
        writer.Dispose();
        int after = idle.Wait(epoll, events, -1);

        Assert.True(idle.Bytes > 0);
        Assert.Equal((0, 1, 42UL, PollEvents.HangUp), (before, after, events[0].Data, (PollEvents)events[0].Events));
    }
}
