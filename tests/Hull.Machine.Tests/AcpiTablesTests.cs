using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Hull.Machine.Acpi;
using Hull.Machine.Board;
using Hull.Machine.Memory;

namespace Hull.Machine.Tests;

public sealed class AcpiTablesTests
{
    private const uint Address = 0xE0000;
    private static readonly GuestAddress s_zero = new(0);

    [Fact]
    public void Build_OfATopologyWithNodes_HasEveryTableWithItsChecksum()
    {
        byte[] image = Build();

        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(image, 0, 8));
        Assert.Equal(0, Sum(image.AsSpan(0, 20)));
        Assert.Equal(0, Sum(image.AsSpan(0, 36)));
        Dictionary<string, byte[]> tables = TablesOf(image);
        Assert.Equal(["APIC", "DSDT", "FACP", "SLIT", "SRAT"], tables.Keys.Order(StringComparer.Ordinal));
        Assert.All(tables.Values, table => Assert.Equal(0, Sum(table)));
        Assert.Equal(276, tables["FACP"].Length);
    }

    [Fact]
    public void Build_OfAPc_HasFixedHardwareAndOverrides()
    {
        Dictionary<string, byte[]> tables = TablesOf(Build(BoardModel.Pc));

        Assert.All(tables.Values, table => Assert.Equal(0, Sum(table)));
        byte[] fadt = tables["FACP"];
        Assert.Equal(276, fadt.Length);
        Assert.Equal(9, BinaryPrimitives.ReadUInt16LittleEndian(fadt.AsSpan(46)));
        Assert.Equal([0x608u, 0u, 0x60Cu, 0u, 0u, 0x610u], Enumerable.Range(0, 6).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(fadt.AsSpan(56 + (i * 4)))));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(fadt.AsSpan(112)) & (1 << 20));
        Assert.Equal(0x608ul, BinaryPrimitives.ReadUInt64LittleEndian(fadt.AsSpan(152)));
        Assert.Equal(0x60Cul, BinaryPrimitives.ReadUInt64LittleEndian(fadt.AsSpan(176)));
        Assert.Equal(0x610ul, BinaryPrimitives.ReadUInt64LittleEndian(fadt.AsSpan(212)));
        Assert.Equal(1, tables["APIC"][40]);
        Assert.Equal(44 + (8 * 8) + 12 + 20 + 6, tables["APIC"].Length);
        Assert.Equal("FACS"u8.ToArray(), FacsOf(Build(BoardModel.Pc), fadt));
    }

    [Fact]
    public void Madt_NamesEveryProcessor()
    {
        byte[] madt = TablesOf(Build())["APIC"];

        Assert.Equal(44 + (8 * 8) + 12 + 6, madt.Length);
        Assert.Equal([0, 8, 7, 7, 1, 0, 0, 0], madt[(44 + 56)..(44 + 64)]);
    }

    // Intel's own disassembler is the judge of the byte code.
    [Theory]
    [InlineData("microvm")]
    [InlineData("pc")]
    public void Dsdt_IsUnderstoodByTheReferenceDisassembler(string board)
    {
        const string Iasl = "/usr/bin/iasl";
        Assert.SkipUnless(File.Exists(Iasl), "This machine has no iasl (package acpica-tools).");
        string directory = Directory.CreateTempSubdirectory("hull-acpi-").FullName;
        try
        {
            foreach ((string name, byte[] table) in TablesOf(Build(BoardModel.Parse(board))))
            {
                string path = Path.Combine(directory, name + ".aml");
                File.WriteAllBytes(path, table);
                using Process process = Process.Start(new ProcessStartInfo(Iasl, ["-d", path])
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                })!;
                string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.Equal(0, process.ExitCode);
                Assert.DoesNotContain("rror", output, StringComparison.Ordinal);
            }

            string source = File.ReadAllText(Path.Combine(directory, "DSDT.dsl"));
            Assert.Contains("\"LNRO0005\"", source, StringComparison.Ordinal);
            Assert.Contains("EisaId (\"PNP0501\")", source, StringComparison.Ordinal);
            Assert.Contains("Memory32Fixed (ReadWrite", source, StringComparison.Ordinal);
            Assert.Contains("Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive", source, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static byte[] Build(BoardModel? board = null)
    {
        MemoryRange[] memory = [new(s_zero, 1 << 30, 0), new(new GuestAddress(1 << 30), 1 << 30, 1)];
        return new AcpiTables(board ?? BoardModel.Microvm, new CpuTopology(2, 2, 2), memory, virtioDevices: 12).Build(Address);
    }

    private static byte[] FacsOf(byte[] image, byte[] fadt)
    {
        uint at = BinaryPrimitives.ReadUInt32LittleEndian(fadt.AsSpan(36));
        Assert.Equal(0u, at % 64);
        return image[(int)(at - Address)..(int)(at - Address + 4)];
    }

    private static Dictionary<string, byte[]> TablesOf(byte[] image)
    {
        byte[] At(ulong address)
        {
            int start = (int)(address - Address);
            return image[start..(start + BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(start + 4)))];
        }

        byte[] xsdt = At(BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(24)));
        Dictionary<string, byte[]> tables = [];
        for (int i = 36; i < xsdt.Length; i += 8)
        {
            byte[] table = At(BinaryPrimitives.ReadUInt64LittleEndian(xsdt.AsSpan(i)));
            tables[Encoding.ASCII.GetString(table, 0, 4)] = table;
        }

        tables["DSDT"] = At(BinaryPrimitives.ReadUInt64LittleEndian(tables["FACP"].AsSpan(140)));
        return tables;
    }

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum;
    }
}
