// Keeps the system call numbers of the seccomp compiler.
//   Hull.SyscallTables collect INCLUDE   reads a Debian /usr/include of linux-libc-dev into eng/syscalls.txt
//   Hull.SyscallTables generate          writes SyscallTable.g.cs from eng/syscalls.txt
using Hull.Eng.SyscallTables;

const string Text = "eng/syscalls.txt";
const string Code = "src/runtime/Hull.Runtime.Container/Seccomp/SyscallTable.g.cs";

switch (args)
{
    case ["collect", string include]:
        File.WriteAllText(Text, SyscallText.Write(KernelHeaders.Read(include)));
        return 0;
    case ["generate"]:
        File.WriteAllText(Code, SyscallCode.Write(SyscallText.Read(File.ReadAllLines(Text))));
        return 0;
    default:
        Console.Error.WriteLine("usage, in the root of the checkout: Hull.SyscallTables collect INCLUDE | generate");
        return 2;
}
