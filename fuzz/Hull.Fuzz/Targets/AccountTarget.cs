using System.Text;
using Hull.Engine.Spec;

namespace Hull.Fuzz.Targets;

/// <summary>An image's /etc/passwd and /etc/group, asked for a user. Parts are separated by NUL: user, passwd, group.</summary>
internal sealed class AccountTarget : IFuzzTarget, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hull-fuzz-accounts-").FullName;

    public string Name => "accounts";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "app\0root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n\0root:x:0:\nstaff:x:50:app,root\n",
            "1000:staff\0app:x:1000:1000::/home/app:\n\0staff:x:50:app\n", "5\0\0", "a:b:c\0a:b:c:d\0", "0\0a:::\n:x:0:0\n\0:::\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public IReadOnlyList<string> Words { get; } = [":", "\n", ":x:0:0:", "4294967295", "2147483648", ",", "app"];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string[] parts = [.. Encoding.UTF8.GetString(input.Span).Split('\0', 3), "", ""];
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        File.WriteAllText(Path.Combine(_root, "etc/passwd"), parts[1]);
        File.WriteAllText(Path.Combine(_root, "etc/group"), parts[2]);
        RootFilesystem root = new() { Path = _root };
        (Hull.Oci.Runtime.UserSpec user, string home) = UserResolver.Resolve(root, parts[0], ["0"]);
        if (user.Uid > int.MaxValue || user.Gid > int.MaxValue || home.Length == 0)
        {
            throw new InvalidOperationException($"The user is {user.Uid}:{user.Gid} at '{home}'.");
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
