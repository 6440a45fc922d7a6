using System.Globalization;

namespace Hull.Snapshot;

/// <summary>The record beside an unpacked layer: its diff id, its size, and the whole stack it tops.</summary>
/// <remarks>Text, one fact a line: <c>hull-chain 1</c>, the diff id, the bytes, then the chain ids from the top down.</remarks>
/// <param name="DiffId">Digest of the layer's uncompressed archive.</param>
/// <param name="Bytes">Bytes of the layer's files.</param>
/// <param name="Chain">Chain ids, this layer's own first, the lowest last.</param>
internal sealed record ChainRecord(Digest DiffId, long Bytes, IReadOnlyList<Digest> Chain)
{
    private const string Header = "hull-chain 1";
    private const int MaxLayers = 1024;

    internal string ToText() =>
        string.Join('\n', [Header, DiffId.ToString(), Bytes.ToString(CultureInfo.InvariantCulture), .. Chain.Select(c => c.ToString()), ""]);

    /// <summary>Reads a record.</summary>
    /// <exception cref="HullException">It is damaged or of a newer version.</exception>
    internal static ChainRecord Read(string path)
    {
        string[] lines = File.ReadAllText(path).Split('\n', MaxLayers + 4);
        if (lines.Length >= 5 && lines[0] == Header && lines[^1].Length == 0
            && Digest.TryParse(lines[1], out Digest diffId)
            && long.TryParse(lines[2], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes))
        {
            List<Digest> chain = [];
            foreach (string line in lines.AsSpan()[3..^1])
            {
                if (Digest.TryParse(line, out Digest one))
                {
                    chain.Add(one);
                }
            }

            if (chain.Count == lines.Length - 4)
            {
                return new ChainRecord(diffId, bytes, chain);
            }
        }

        throw new HullException(ErrorKind.DataLoss, $"The layer record '{path}' is damaged or of a newer version.");
    }
}
