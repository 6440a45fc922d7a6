using System.Diagnostics;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>Turns nasm's language into bytes; tests that need it are skipped where nasm is missing.</summary>
internal static class Assembler
{
    private const string Nasm = "/usr/bin/nasm";

    /// <summary>Assembles a flat program for an address.</summary>
    internal static byte[] Assemble(int bits, ulong origin, string source)
    {
        Assert.SkipUnless(File.Exists(Nasm), "This machine has no nasm (package nasm).");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hull-nasm-");
        try
        {
            string input = Path.Combine(folder.FullName, "program.asm");
            string output = Path.Combine(folder.FullName, "program");
            File.WriteAllText(input, $"bits {bits}\norg {origin}\n{source}\n");
            using Process nasm = Process.Start(new ProcessStartInfo(Nasm, ["-f", "bin", "-o", output, input]) { RedirectStandardError = true })!;
            string complaint = nasm.StandardError.ReadToEnd();
            nasm.WaitForExit();
            Assert.True(nasm.ExitCode == 0, complaint);
            return File.ReadAllBytes(output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
