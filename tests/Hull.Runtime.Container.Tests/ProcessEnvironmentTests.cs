namespace Hull.Runtime.Container.Tests;

public sealed class ProcessEnvironmentTests
{
    [Fact]
    public void Complete_OfRepeatedNames_KeepsTheLast() =>
        Assert.Equal(["B=2", "A=3", "HOME=/x"], ProcessEnvironment.Complete(["A=1", "B=2", "A=3", "HOME=/x"], "/root"));

    [Fact]
    public void Complete_OfAnEmptyHome_TakesTheUsers() =>
        Assert.Equal(["HOME=/root"], ProcessEnvironment.Complete(["HOME=/override", "HOME="], "/root"));

    [Fact]
    public void FindHome_FollowsLinksInsideTheRootOnly()
    {
        string root = Directory.CreateTempSubdirectory("hull-home-").FullName;
        try
        {
            Directory.CreateDirectory(root + "/etc");
            Directory.CreateDirectory(root + "/usr");
            File.WriteAllText(root + "/usr/passwd", "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n");
            File.CreateSymbolicLink(root + "/etc/passwd", "/usr/passwd");

            Assert.Equal("/home/me", ProcessEnvironment.FindHome(root, 1000));
            Assert.Equal("/", ProcessEnvironment.FindHome(root, 7));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
