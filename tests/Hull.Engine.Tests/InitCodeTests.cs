using System.Diagnostics;
using Hull.Engine.Spec;

namespace Hull.Engine.Tests;

public sealed class InitCodeTests
{
    private const string Assembler = "/usr/bin/nasm";

    [Fact]
    public void Code_IsWhatTheSourceAssemblesTo()
    {
        Assert.SkipUnless(File.Exists(Assembler), "This machine has no nasm.");
        string source = Checkout.At("eng/init-x64.asm");
        string output = Path.GetTempFileName();

        using (Process process = Process.Start(Assembler, ["-f", "bin", "-o", output, source]))
        {
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }

        Assert.Equal(File.ReadAllBytes(output), InitCode.X64.ToArray());
        File.Delete(output);
    }
}
