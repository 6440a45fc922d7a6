using System.Diagnostics;
using System.Text;

namespace Hull.System.Tests;

/// <summary>Damaged files, hostile names, and commands that meet each other.</summary>
public sealed class UnluckyTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("{\"State\":")]
    public void Container_WithDamagedRecord_StandsInNobodysWay(string damage)
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "hurt", "busybox", "true").Succeeds();
        _hull.Run("create", "--name", "other", "busybox", "true").Succeeds();
        string record = Path.Combine(_hull.Root, "containers", _hull.Inspect("hurt", "{{.Id}}"), "status.json");
        File.WriteAllText(record, damage);

        Assert.Equal("other created\nhurt dead\n", _hull.Run("ps", "-a", "--format", "{{.Names}} {{.State}}").Succeeds());
        Assert.Contains("is damaged", _hull.Inspect("hurt", "{{.State.Error}}"), StringComparison.Ordinal);
        Assert.Equal("dead true 255", _hull.Inspect("hurt", "{{.State.Status}} {{.State.Dead}} {{.State.ExitCode}}"));
        _hull.Run("start", "-a", "hurt").Succeeds();
        Assert.Equal("exited 0", _hull.Inspect("hurt", "{{.State.Status}} {{.State.ExitCode}}"));

        File.WriteAllText(record, damage);
        _hull.Run("rm", "hurt").Succeeds();
        _hull.Run("rm", "other").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Removals_OfOneContainer_AllReturnWhenItIsGone()
    {
        HullHost.RequireRoot();
        for (int round = 0; round < 2; round++)
        {
            _hull.Run("run", "-d", "--name", "gone", "busybox", "sleep", "1000").Succeeds();

            Process[] removers = [.. Enumerable.Range(0, 4).Select(_ => _hull.Start("rm", "-f", "gone"))];

            foreach (Process remover in removers)
            {
                remover.StandardInput.Close();
                string error = remover.StandardError.ReadToEnd();
                remover.WaitForExit();
                Assert.True(remover.ExitCode == 0, error);
                remover.Dispose();
            }

            _hull.AssertNothingLeft();
        }
    }

    [Fact]
    public void Commit_OfContainerThatIsRemovedMeanwhile_GivesAWholeImageOrNone()
    {
        HullHost.RequireRoot();
        for (int round = 0; round < 2; round++)
        {
            _hull.Run("run", "-d", "--name", "made", "busybox", "sh", "-c", "i=0; while test $i != 300; do head -c 20000 /dev/urandom > /tmp/$i; i=$((i+1)); done; touch /done; sleep 1000").Succeeds();
            while (_hull.Run("exec", "made", "test", "-f", "/done").ExitCode != 0)
            {
            }

            using Process commit = _hull.Start("commit", "made", "copy");
            commit.StandardInput.Close();
            HullResult removed = _hull.Run("rm", "-f", "made");
            string error = commit.StandardError.ReadToEnd();
            commit.WaitForExit();

            removed.Succeeds();
            if (commit.ExitCode == 0)
            {
                Assert.Equal("300\n", _hull.Run("run", "--rm", "copy", "sh", "-c", "ls /tmp | wc -l").Succeeds());
                _hull.Run("image", "rm", "copy").Succeeds();
            }
            else
            {
                Assert.Equal(1, commit.ExitCode);
                Assert.Matches("^hull: [^\n]*container '[^\n]*\\.\n$", error);
                Assert.Equal("busybox\n", _hull.Run("images", "--format", "{{.Repository}}").Succeeds());
            }

            _hull.AssertNothingLeft();
        }
    }

    [Fact]
    public void LogsOfAContainer_FollowedSlowly_AreComplete()
    {
        HullHost.RequireRoot();
        _hull.Run(
            "run", "-d", "--name", "loud", "busybox", "sh", "-c",
            "seq 200000; touch /done; while ! test -f /go; do sleep 0.05; done; echo end").Succeeds();
        using Process follower = _hull.Start("logs", "-f", "loud");
        follower.StandardInput.Close();
        while (_hull.Run("exec", "loud", "test", "-f", "/done").ExitCode != 0)
        {
        }

        // Nobody has read anything yet: the supervisor has let the follower go.
        StreamReader reader = follower.StandardOutput;
        Assert.Equal("1", reader.ReadLine());
        for (int i = 2; i <= 200_000; i++)
        {
            Assert.Equal(i.ToString(global::System.Globalization.CultureInfo.InvariantCulture), reader.ReadLine());
        }

        _hull.Run("exec", "loud", "touch", "/go").Succeeds();

        Assert.Equal("end", reader.ReadLine());
        Assert.Null(reader.ReadLine());
        follower.WaitForExit();
        Assert.Equal(0, follower.ExitCode);
    }

    [Fact]
    public void Logs_OfTwoStreamsIntoOneFile_KeepTheirOrder()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "both", "busybox", "sh", "-c", "for i in 1 2 3; do echo out $i; sleep 0.1; echo err $i >&2; sleep 0.1; done").Succeeds();

        HullResult merged = _hull.RunUnder(["/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1"], "logs", "both");

        Assert.Equal("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n", merged.Output);
    }

    [Fact]
    public void Names_ThatSteerTerminals_AreSpelledOut()
    {
        PseudoTerminal.Require();
        const string Bell = "\u001b]0;owned\a";
        _hull.Run("run", "--name", "odd", "-l", $"x={Bell}", "busybox", "sh", "-c", $": '{Bell}'; touch '/{Bell}'").Succeeds();

        Assert.Equal($"A /{Bell}\n", _hull.Run("diff", "odd").Succeeds());
        Assert.DoesNotContain("\u001b", _hull.Run("ps", "-a", "--no-trunc").Succeeds(), StringComparison.Ordinal);
        Assert.Equal("hull: There is no container 'a\\n\\x1b[2J\\u202e'.\n", _hull.Run("start", "a\n\u001b[2J\u202e").Error);
        Assert.Equal("hull: There is no volume '\\x1b[2J'.\n", _hull.Run("volume", "rm", "\u001b[2J").Error);
        foreach (string[] command in (string[][])[["diff", "odd"], ["ps", "-a", "--format", "{{.Command}} {{.Labels}}"], ["events", "--since", "1h", "--until", "0s"]])
        {
            using PseudoTerminal terminal = new(_hull, command);
            string seen = terminal.Everything();
            Assert.DoesNotContain("\u001b]0;", seen, StringComparison.Ordinal);
            Assert.Contains(command[0] == "events" ? "name=odd" : "\\x1b]0;owned", seen, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("run", "--cidfile", "")]
    [InlineData("run", "--cidfile", "/nowhere/at/all")]
    [InlineData("run", "--env-file", "")]
    [InlineData("run", "--label-file", "")]
    public void File_ThatCannotBeUsed_IsSaidBeforeAnythingIsMade(params string[] arguments)
    {
        HullHost.RequireRoot();

        _hull.Run([.. arguments, "busybox", "true"]).FailsWith(125, "");

        _hull.AssertNothingLeft();
    }

    [Theory]
    [InlineData("image", "import", "")]
    [InlineData("image", "load", "-i", "")]
    [InlineData("image", "save", "-o", "", "busybox")]
    [InlineData("vm", "restore", "", "x")]
    public void FileName_ThatIsEmpty_IsSaid(params string[] arguments)
    {
        HullHost.RequireRoot();

        _hull.Run(arguments).FailsWith(1, "The name of a file is empty.");
    }

    [Fact]
    public void Archive_ThatCannotBeWritten_LeavesTheFileThatWasThere()
    {
        HullHost.RequireRoot();
        string file = Path.Combine(_hull.HomeDirectory, "kept.tar");
        File.WriteAllText(file, "mine");

        _hull.Run("image", "save", "-o", file, "busybox", "nosuch").FailsWith(1, "nosuch");
        Assert.Equal("mine", File.ReadAllText(file));
        _hull.Run("image", "save", "-o", "/dev/full", "busybox").FailsWith(1, "No space left");
        _hull.Run("image", "save", "-o", "/dev/null", "busybox").Succeeds();
        Assert.Empty(Directory.GetFiles(_hull.HomeDirectory, ".*.hull"));

        _hull.Run("image", "save", "-o", file, "busybox").Succeeds();
        Assert.True(new FileInfo(file).Length > 100_000);
    }

    [Fact]
    public void VariablesFile_WithOddBytes_IsRefusedOrPassedOnAsItIs()
    {
        HullHost.RequireRoot();
        string file = Path.Combine(_hull.HomeDirectory, "odd.env");

        Write("A=fine\nB=\u00e9\u4e2d \"quoted\" #no comment\r\n\n# comment\n  C=x=y\n");
        Assert.Equal(
            "fine|\u00e9\u4e2d \"quoted\" #no comment|x=y\n",
            _hull.Run("run", "--rm", "--env-file", file, "busybox", "sh", "-c", "echo \"$A|$B|$C\"").Succeeds());
        foreach ((byte[] content, string words) in ((byte[], string)[])[
            ("A=\xff"u8.ToArray()[..2].Append((byte)0xff).ToArray(), "is not UTF-8 text"),
            ("A=1\nB B=2\n"u8.ToArray(), "Line 2 of the file"),
            ("=1\n"u8.ToArray(), "Line 1 of the file"),
            ("A=\0x\n"u8.ToArray(), "Line 1 of the file")])
        {
            File.WriteAllBytes(file, content);
            _hull.Run("run", "--rm", "--env-file", file, "busybox", "true").FailsWith(125, words);
        }

        void Write(string text) => File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
    }

    [Fact]
    public void Store_OnReadOnlyDisk_IsReadableAndSaysWhatItIs()
    {
        HullHost.RequireRoot();
        _hull.Run("create", "--name", "there", "busybox", "true").Succeeds();

        foreach ((int code, string words, string[] arguments) in ((int, string, string[])[])[
            (0, "there", ["ps", "-a", "--format", "{{.Names}}"]),
            (0, "busybox", ["images", "--format", "{{.Repository}}"]),
            (125, "readonly database", ["run", "--rm", "busybox", "true"]),
            (1, "Read-only file system", ["rm", "there"]),
            (1, "Read-only file system", ["image", "rm", "-f", "busybox"])])
        {
            HullResult result = _hull.RunUnder(
                ["unshare", "--mount", "sh", "-c", $"mount --bind {_hull.Root} {_hull.Root} && mount -o remount,ro,bind {_hull.Root} && exec \"$0\" \"$@\""], arguments);
            Assert.Equal(code, result.ExitCode);
            Assert.Contains(words, code == 0 ? result.Output : result.Error, StringComparison.Ordinal);
            Assert.True(result.Error.Count(letter => letter == '\n') == (code == 0 ? 0 : 1), result.Error);
        }
    }
}
