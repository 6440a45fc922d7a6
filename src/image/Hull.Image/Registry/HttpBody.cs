using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hull.Image;

/// <summary>Reads answers that must fit into memory, and stops when they do not.</summary>
internal static class HttpBody
{
    private const int MaxFailureBytes = 64 * 1024;

    /// <summary>Reads a whole body.</summary>
    /// <returns>Null when it is longer than allowed.</returns>
    internal static async Task<byte[]?> ReadAsync(HttpResponseMessage answer, int maxBytes, TimeSpan patience, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentLength > maxBytes)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        using Stream body = await answer.Content.ReadAsStreamAsync(limit.Token);
        using MemoryStream whole = new();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, limit.Token)) > 0)
        {
            if (whole.Length + count > maxBytes)
            {
                return null;
            }

            whole.Write(buffer, 0, count);
        }

        return whole.ToArray();
    }

    /// <summary>Reads JSON of one form.</summary>
    /// <returns>Null when it is too long or malformed.</returns>
    internal static async Task<T?> ReadJsonAsync<T>(
        HttpResponseMessage answer, int maxBytes, JsonTypeInfo<T> type, TimeSpan patience, CancellationToken cancellation)
        where T : class
    {
        byte[]? bytes = await ReadAsync(answer, maxBytes, patience, cancellation);
        try
        {
            return bytes is null ? null : JsonSerializer.Deserialize(bytes, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a registry says about a failure, cleaned; empty when it says nothing usable.</summary>
    internal static async Task<string> FailureAsync(HttpResponseMessage answer, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            RegistryFailures? failures = await ReadJsonAsync(
                answer, MaxFailureBytes, RegistryJson.Default.RegistryFailures, patience, cancellation);
            RegistryFailure? first = failures?.Errors is [{ } failure, ..] ? failure : null;
            return ServerText.Clean(first?.Message is { Length: > 0 } message ? message : first?.Code);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or InvalidOperationException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return "";
        }
    }
}
