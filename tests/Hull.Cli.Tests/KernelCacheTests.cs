using System.Security.Cryptography;
using Hull.Cli.Machines;

namespace Hull.Cli.Tests;

public sealed class KernelCacheTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hull-kernels-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Find_WithoutName_TakesTheChosenOrElseTheNewest()
    {
        string older = Add("6.1", "bookworm", 2025);
        string newer = Add("6.12", "trixie", 2026);

        Assert.Equal(newer, new KernelCache(_root).Find());
        new KernelCache(_root).Choose("bookworm");
        Assert.Equal(older, new KernelCache(_root).Find());
        new KernelCache(_root).Choose("6.12");
        Assert.Equal(newer, new KernelCache(_root).Find());
    }

    [Fact]
    public void Find_ByName_TakesSuiteOrVersion()
    {
        string older = Add("6.1", "bookworm", 2025);
        string newer = Add("6.12", "trixie", 2026);
        KernelCache cache = new(_root);

        Assert.Equal((older, newer), (cache.Find("bookworm"), cache.Find("6.12")));
        HullException missing = Assert.Throws<HullException>(() => cache.Find("sid"));
        Assert.Equal((ErrorKind.NotFound, "There is no kernel 'sid', only 6.12, 6.1; 'hull vm kernel pull' takes a suite of Debian."), (missing.Kind, missing.Message));
    }

    [Fact]
    public void Find_OfNothing_SaysNothing()
    {
        KernelCache cache = new(_root);

        Assert.Null(cache.Find());
        Assert.Equal("There is no kernel 'trixie': run 'hull vm kernel pull trixie'.", Assert.Throws<HullException>(() => cache.Find("trixie")).Message);
    }

    [Fact]
    public void Find_OfChangedKernel_IsRefused()
    {
        string kernel = Add("6.1", "bookworm", 2025);
        File.AppendAllText(kernel, "changed");

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => new KernelCache(_root).Find()).Kind);
    }

    [Fact]
    public void Remove_OfTheChosenKernel_LeavesTheOther()
    {
        string older = Add("6.1", "bookworm", 2025);
        Add("6.12", "trixie", 2026);
        KernelCache cache = new(_root);
        cache.Choose("trixie");

        cache.Remove("trixie");

        Assert.Equal(older, cache.Find());
        Assert.Equal(["6.1"], cache.List().Select(kernel => kernel.Version));
    }

    private string Add(string version, string suite, int year)
    {
        string tree = Path.Combine(_root, "kernels", "linux-image-" + version);
        string path = Path.Combine(tree, "boot", "vmlinuz-" + version);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "kernel " + version);
        File.WriteAllText(path + ".sha256", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        File.WriteAllText(Path.Combine(tree, "suite"), suite);
        File.SetLastWriteTimeUtc(path, new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return path;
    }
}
