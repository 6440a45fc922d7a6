using Hull.Machine.Snapshots;
using Hull.Machine.State;

namespace Hull.Machine.Tests;

public sealed class StateFileTests
{
    [Fact]
    public void Parse_OfWhatWasWritten_GivesSectionsBack()
    {
        StateReader reader = StateFile.Parse(Sample()).Open("b");

        Assert.Equal(0x0102_0304u, reader.U32());
        Assert.Equal("text", reader.Text(10));
        reader.End();
    }

    [Fact]
    public void Parse_WithAnyByteChanged_SaysSo()
    {
        byte[] bytes = Sample();
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x10;

            HullException error = Assert.Throws<HullException>(() => StateFile.Parse(changed));

            Assert.True(error.Kind is ErrorKind.DataLoss or ErrorKind.Unimplemented, error.Message);
            Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parse_OfAnyPart_SaysSo()
    {
        byte[] bytes = Sample();
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Throws<HullException>(() => StateFile.Parse(bytes.AsSpan(0, i)));
        }
    }

    // The file may come from elsewhere: eight bytes of it must not cost many times as much.
    [Fact]
    public void Parse_OfManySections_IsRefused()
    {
        StateFile file = new();
        for (int i = 0; i < 257; i++)
        {
            file.Add("", new StateWriter());
        }

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => StateFile.Parse(file.ToArray())).Kind);
    }

    [Fact]
    public void Parse_OfOtherVersion_NamesBoth()
    {
        byte[] bytes = Sample();
        bytes[8] = 9;

        HullException error = Assert.Throws<HullException>(() => StateFile.Parse(bytes));

        Assert.Equal("The snapshot has version 9 of the format, and this Hull reads version 4.", error.Message);
    }

    [Fact]
    public void Read_BehindTheEndOfASection_IsDamage()
    {
        StateReader reader = StateFile.Parse(Sample()).Open("a");
        reader.U8();

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => reader.U64()).Kind);
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => new StateReader("x", new byte[] { 2 }).Flag()).Kind);
    }

    [Fact]
    public void ProcessorState_WrittenAndRead_IsTheSame()
    {
        ProcessorState state = ProcessorState.Reset();
        for (int i = 0; i < 16; i++)
        {
            state.General[i] = (ulong)i * 3;
        }

        for (int i = 0; i < 64; i++)
        {
            state.Vector[i] = (ulong)i << 40;
        }

        state.FloatingPoint[7] = new FloatingPointRegister { Significand = 5, SignExponent = 6 };
        state.Lstar = 7;
        state.TscOffset = ulong.MaxValue;
        state.Activity = ActivityState.Halted;
        state.Pending = ProcessorSignals.Interrupt;
        StateWriter first = new();
        ProcessorStateFormat.Write(first, in state);

        ProcessorState read = ProcessorStateFormat.Read(new StateReader("p", first.Written.ToArray()));
        StateWriter second = new();
        ProcessorStateFormat.Write(second, in read);

        Assert.Equal(first.Written.ToArray(), second.Written.ToArray());
        Assert.Equal(ActivityState.Halted, read.Activity);
        Assert.Equal(ulong.MaxValue, read.TscOffset);
        Assert.Equal(3ul << 40, read.Vector[3]);
    }

    private static byte[] Sample()
    {
        StateFile file = new();
        StateWriter a = new();
        a.Flag(true);
        file.Add("a", a);
        StateWriter b = new();
        b.U32(0x0102_0304);
        b.Text("text");
        file.Add("b", b);
        return file.ToArray();
    }
}
