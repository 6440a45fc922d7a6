using System.Text;
using Hull.Image;

namespace Hull.Fuzz.Targets;

/// <summary>Image references: what is accepted must survive being written and read again.</summary>
internal sealed class ReferenceTarget : IFuzzTarget
{
    public string Name => "reference";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "debian", "debian:bookworm", "localhost:5000/a/b-c__d.e:v1", "[::1]:5000/x@sha256:" + new string('a', 64),
            "registry.example.com/team/app:1.0@sha256:" + new string('0', 64),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string text = Encoding.UTF8.GetString(input.Span);
        if (ImageReference.TryParse(text, out ImageReference? reference))
        {
            string written = reference!.ToString();
            if (!ImageReference.TryParse(written, out ImageReference? again) || again!.ToString() != written)
            {
                throw new InvalidOperationException($"'{text}' was read as '{written}', which does not read back.");
            }
        }
    }
}
