using System.Buffers.Binary;

namespace Hull.Cpu.Native.Tests;

/// <summary>Processors in any mode, with any tables and any code: no exception of the host's, no state that cannot be.</summary>
public sealed class RandomMachineTests
{
    private const int Machines = 400;

    [Fact]
    public void Machines_WithRandomStatesTablesAndCode_NeverDisturbTheHost()
    {
        using RandomMachine machine = new();
        byte[] input = new byte[4];
        for (int i = 0; i < Machines; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(input, i);
            Exception? failure = Record.Exception(() => machine.Run(input));

            Assert.True(failure == null, $"Machine {i}: {failure}");
        }

        Assert.True(machine.Shutdowns > 0 && machine.Halts + machine.Stopped > 0);
    }
}
