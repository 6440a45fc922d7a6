using System.Diagnostics;
using System.Security.Cryptography;
using Hull.Linux;
using Hull.Runtime.Container;
using Hull.Runtime.Jail;

namespace Hull.System.Tests;

/// <summary>The jail of the process that serves a machine's files, from inside: by somebody who has taken it over.</summary>
public sealed class PrisonerTests : IDisposable
{
    private const string Compiler = "/usr/bin/gcc";

    // Everything before the files is refused by the filter: what a kernel without that filter would say is no comfort.
    private const string Expected = """
        passwd ENOENT
        kernel's settings ENOENT
        memory ENOENT
        root ENOENT
        made in / EROFS
        itself ETXTBSY
        up ENOENT
        up by number ENOENT
        beside ENOENT
        link done
        link followed ELOOP
        link out followed ELOOP
        written in a directory that is shown EROFS
        written by number EROFS
        made in a directory that is shown EROFS
        moved out of a directory that is shown EXDEV
        named where it could be written EXDEV
        device made done
        device opened EACCES
        disk made done
        disk opened EACCES
        file of another made done
        set-user program done
        program executed EACCES

        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-prisoner-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void FileServer_ThatIsTakenOver_ReachesItsSharesOnly()
    {
        HullHost.RequireRoot();
        string program = Build();
        string inside = Directory.CreateDirectory(Path.Combine(_directory, "inside")).FullName;
        string shown = Directory.CreateDirectory(Path.Combine(_directory, "shown")).FullName;
        File.WriteAllText(Path.Combine(inside, "a"), "#!");
        File.WriteAllText(Path.Combine(shown, "shown"), "shown");
        File.WriteAllText(Path.Combine(_directory, "secret"), "secret");
        File.CreateSymbolicLink(Path.Combine(inside, "out"), "../secret");
        string output = Path.Combine(_directory, "output");

        Run(program, inside, shown, output);

        string[] lines = File.ReadAllLines(output);
        int files = Array.IndexOf(lines, "passwd ENOENT");
        Assert.True(files > 0, string.Join('\n', lines));

        // Calls that are newer than any on the list are said not to exist, so that a C library takes older ones.
        Assert.All(lines[..files], line => Assert.Matches("^[a-z0-9_]+ (EPERM|ENOSYS)$", line));
        Assert.Equal(Expected, string.Join('\n', lines[files..]) + "\n");
        Assert.Equal("shown", File.ReadAllText(Path.Combine(shown, "shown")));
    }

    private void Run(string program, string inside, string shown, string output)
    {
        using FileDescriptor nothing = HostFile.Open("/dev/null", HostFile.ReadWrite);
        using FileDescriptor written = HostFile.Open(output, HostFile.WriteOnly | HostFile.Create, 0x180);
        using FileDescriptor first = MountTree.Copy(inside, recursive: true);
        using FileDescriptor second = MountTree.Copy(shown, recursive: true);
        MountTree.Restrict(first, readOnly: false, inside);
        MountTree.Restrict(second, readOnly: true, shown);
        using JailUser user = JailUser.Take(Path.Combine(_directory, "users"));
        JailPlan plan = MachineJail.FileServerPlan(_directory, 0) with
        {
            Program = program,
            Arguments = [],
            User = user,
            Descriptors = [nothing, written, nothing, first, second],
            CgroupPath = "/hull/prisoner-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)),
        };
        try
        {
            using ContainerTask prisoner = ProgramJail.Start(plan);
            Assert.Equal(0, prisoner.Wait().Code);
        }
        finally
        {
            ProgramJail.Remove(_directory);
        }
    }

    private string Build()
    {
        string program = Path.Combine(_directory, "prisoner");
        Assert.SkipUnless(File.Exists(Compiler), "Needs gcc and a static C library.");
        using Process process = Process.Start(Compiler, ["-static", "-O1", "-w", "-o", program, Path.Combine(AppContext.BaseDirectory, "prisoner.c")]);
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, "Needs gcc and a static C library.");
        return program;
    }
}
