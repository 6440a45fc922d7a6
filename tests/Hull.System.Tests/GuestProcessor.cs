using Hull.Cpu.Choice;

namespace Hull.System.Tests;

/// <summary>The kinds of processors that the tests of real kernels run on.</summary>
internal static class GuestProcessor
{
    internal const string Interpreter = "interpreter";
    internal const string Kvm = "kvm";

    /// <summary>A processor, or a skipped test where the host has none that could boot a kernel.</summary>
    internal static ProcessorChoice Require(string name)
    {
        try
        {
            return ProcessorChoice.Make(name);
        }
        catch (HullException problem)
        {
            Assert.Skip(problem.Message);
            throw;
        }
    }
}
