namespace Hull.Image;

/// <summary>Text of a server on its way to a terminal, as a part of a sentence.</summary>
internal static class ServerText
{
    private const int MaxLength = 200;

    internal static string Clean(string? text)
    {
        string trimmed = (text ?? "").Trim();
        return (trimmed.Length <= MaxLength ? PlainText.Of(trimmed) : PlainText.Of(trimmed, MaxLength) + "…").TrimEnd('.');
    }
}
