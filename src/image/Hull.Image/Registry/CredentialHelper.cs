using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Hull.Image;

/// <summary>Talks to the programs <c>docker-credential-NAME</c>. Source: docker-credential-helpers, "Development".</summary>
internal static class CredentialHelper
{
    private const int MaxOutputChars = 1024 * 1024;
    private const string TokenUser = "<token>";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    internal static async Task<Credentials?> GetAsync(string helper, string registry, CancellationToken cancellation)
    {
        (int status, string output) = await RunAsync(helper, "get", registry, cancellation);
        if (status != 0)
        {
            // "credentials not found in native keychain" is how every helper says that it has none.
            return output.Contains("not found", StringComparison.OrdinalIgnoreCase)
                ? null
                : throw new HullException(ErrorKind.FailedPrecondition, $"The credential helper '{helper}' fails for '{registry}': '{ServerText.Clean(output)}'.");
        }

        HelperCredentials? answer = null;
        try
        {
            answer = JsonSerializer.Deserialize(output, RegistryJson.Default.HelperCredentials);
        }
        catch (JsonException)
        {
            // Falls through to the sentence below.
        }

        return answer switch
        {
            { Username: TokenUser, Secret: { } secret } => new Credentials { IdentityToken = secret },
            { Username: { Length: > 0 } user, Secret: { } secret } => new Credentials { Username = user, Password = secret },
            _ => throw new HullException(ErrorKind.FailedPrecondition, $"The credential helper '{helper}' answers something else than a login for '{registry}'."),
        };
    }

    internal static async Task StoreAsync(string helper, string registry, Credentials credentials, CancellationToken cancellation)
    {
        HelperCredentials login = new()
        {
            ServerUrl = registry,
            Username = credentials.IdentityToken is null ? credentials.Username : TokenUser,
            Secret = credentials.IdentityToken ?? credentials.Password,
        };
        (int status, string output) = await RunAsync(
            helper, "store", JsonSerializer.Serialize(login, RegistryJson.Default.HelperCredentials), cancellation);
        if (status != 0)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The credential helper '{helper}' does not take the login of '{registry}': '{ServerText.Clean(output)}'.");
        }
    }

    internal static async Task EraseAsync(string helper, string registry, CancellationToken cancellation) =>
        _ = await RunAsync(helper, "erase", registry, cancellation);

    private static async Task<(int Status, string Output)> RunAsync(string helper, string verb, string input, CancellationToken cancellation)
    {
        if (!helper.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{ServerText.Clean(helper)}' is not the name of a credential helper.");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_patience);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo($"docker-credential-{helper}", [verb])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            }) ?? throw new Win32Exception();
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            Task<string> complaint = ReadAsync(process.StandardError, limit.Token);
            string output = await ReadAsync(process.StandardOutput, limit.Token);
            string said = await complaint;
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, output.Length > 0 ? output : said);
        }
        catch (Win32Exception error)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The credential helper 'docker-credential-{helper}' cannot be started: is it installed?", error);
        }
        catch (Exception error) when (error is IOException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            process?.Kill();
            throw new HullException(ErrorKind.Unavailable, $"The credential helper '{helper}' does not answer.", error);
        }
        finally
        {
            process?.Dispose();
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        StringBuilder text = new();
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer, cancellation)) > 0)
        {
            if (text.Length + count > MaxOutputChars)
            {
                throw new IOException();
            }

            text.Append(buffer, 0, count);
        }

        return text.ToString();
    }
}
