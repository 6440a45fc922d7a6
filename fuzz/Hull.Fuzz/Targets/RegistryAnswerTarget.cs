using System.Text;
using Hull.Image;

namespace Hull.Fuzz.Targets;

/// <summary>What registries and token services answer: headers, bodies, and the sentences made of them.</summary>
/// <remarks>The first byte picks the reader; the rest is what it reads.</remarks>
internal sealed class RegistryAnswerTarget : IFuzzTarget
{
    private const int MaxSentence = 220;

    public string Name => "registry-answer";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "0Bearer realm=\"https://auth.test/token\",service=\"reg\",scope=\"repository:a/b:pull,push\", Basic realm=\"a \\\"b\\\"\"",
            "0Negotiate, Digest a = b, c=d",
            "1</v2/_catalog?last=b&n=2>; rel=\"next\", <x>; rel=prev",
            "2bytes=0-99", "20-99",
            "3{\"token\":\"abc\",\"access_token\":\"def\",\"expires_in\":300.5}",
            "3{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no \\u001b[31m\\u202e\",\"detail\":{}}]}",
            "3{\"tags\":[\"a\",null,\"b\"],\"repositories\":[\"x/y\"]}",
            "4a message\u001b[2J\u202e\nwith lines and \ud83d\ude00 signs",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        string text = Encoding.UTF8.GetString(input.Span[1..]);
        switch (input.Span[0] % 5)
        {
            case 3:
                ReadHeader(text);
                break;
            case 4:
                _ = LinkHeader.Next(text);
                break;
            case 0:
                using (HttpResponseMessage answer = new())
                {
                    answer.Headers.TryAddWithoutValidation("Range", text.ReplaceLineEndings(""));
                    Check(BlobUpload.RangeEnd(answer) is null or >= 0, "an upload ends before its beginning");
                }

                break;
            case 1:
                ReadBody(input[1..].ToArray());
                break;
            default:
                string clean = ServerText.Clean(text);
                Check(clean.Length <= MaxSentence && !clean.Any(char.IsControl), "a server's text reaches the terminal as it is");
                break;
        }
    }

    private static void ReadHeader(string text)
    {
        foreach (AuthChallenge challenge in AuthChallenge.Parse(text))
        {
            Check(challenge.Scheme.Length > 0, "a challenge has no scheme");
        }
    }

    private static void ReadBody(byte[] body)
    {
        using HttpResponseMessage answer = new() { Content = new ByteArrayContent(body) };
        _ = HttpBody.FailureAsync(answer, TimeSpan.FromSeconds(5), CancellationToken.None).GetAwaiter().GetResult();
        using HttpResponseMessage token = new() { Content = new ByteArrayContent(body) };
        _ = HttpBody.ReadJsonAsync(token, 4096, RegistryJson.Default.TokenAnswer, TimeSpan.FromSeconds(5), CancellationToken.None)
            .GetAwaiter().GetResult();
        using HttpResponseMessage tags = new() { Content = new ByteArrayContent(body) };
        _ = HttpBody.ReadJsonAsync(tags, 4096, RegistryJson.Default.TagList, TimeSpan.FromSeconds(5), CancellationToken.None)
            .GetAwaiter().GetResult();
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
