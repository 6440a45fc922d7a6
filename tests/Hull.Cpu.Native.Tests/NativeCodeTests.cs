using System.Diagnostics;

namespace Hull.Cpu.Native.Tests;

public sealed class NativeCodeTests
{
    private const string Compiler = "/usr/bin/gcc";

    [Fact]
    public void Code_IsWhatTheSourceAssemblesTo()
    {
        Assert.SkipUnless(File.Exists(Compiler), "This machine has no gcc.");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("hull-native-code-");
        string output = Path.Combine(directory.FullName, "code");

        // Linked as bare bytes, so that no section's header stands around them.
        using (Process process = Process.Start(Compiler, [
            "-nostdlib", "-static", "-Wl,--oformat=binary,-Ttext=0,--build-id=none,--entry=start", "-o", output,
            Checkout.At("tests/Hull.Cpu.Native/native.s")]))
        {
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }

        Assert.Equal(File.ReadAllBytes(output), NativeCode.Bytes.ToArray());
        directory.Delete(recursive: true);
    }
}
