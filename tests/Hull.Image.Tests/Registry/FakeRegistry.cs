using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hull.Image.Tests;

/// <summary>A web server on loopback that does whatever a test tells it, also what no decent server does.</summary>
internal sealed class FakeRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<FakeRequest, FakeAnswer> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _stop = new();

    internal FakeRegistry(Func<FakeRequest, FakeAnswer> answer, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    internal int Port { get; }

    internal string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Every request so far, without the first question whether anybody is there.</summary>
    internal ConcurrentQueue<FakeRequest> Requests { get; } = new();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    internal ImageReference Reference(string rest) => ImageReference.Parse($"{Host}/{rest}");

    private static async Task<FakeRequest?> ReadAsync(Stream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head.Count < 4 || !(head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n");
        string[] first = lines[0].Split(' ');
        if (first.Length < 2)
        {
            return null;
        }

        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..].Where(line => line.Contains(':', StringComparison.Ordinal)))
        {
            headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        byte[] body = new byte[headers.TryGetValue("Content-Length", out string? length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body);
        return new FakeRequest(first[0], first[1], headers, body);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    SslStream tls = new(stream);
                    await tls.AuthenticateAsServerAsync(_certificate);
                    stream = tls;
                }

                while (await ReadAsync(stream) is { } request && await AnswerAsync(stream, request))
                {
                    // The connection stays for the next request.
                }
            }
            catch (Exception error) when (error is IOException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                // The client went away.
            }
        }
    }

    private async Task<bool> AnswerAsync(Stream stream, FakeRequest request)
    {
        bool ping = request is { Method: "GET", Path: "/v2/" };
        if (!ping)
        {
            Requests.Enqueue(request);
        }

        FakeAnswer answer = _answer(request);
        StringBuilder head = new($"HTTP/1.1 {answer.Status} X\r\n");
        foreach ((string name, string value) in answer.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        head.Append(answer.Endless
            ? "Transfer-Encoding: chunked\r\n\r\n"
            : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n\r\n"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.ToString()));
        if (request.Method == "HEAD")
        {
            return true;
        }

        while (answer.Endless)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{answer.Body.Length:x}\r\n")));
            await stream.WriteAsync(answer.Body, _stop.Token);
            await stream.WriteAsync("\r\n"u8.ToArray());
        }

        await stream.WriteAsync(answer.Body.AsMemory(0, answer.CutAfter ?? answer.Body.Length));
        await stream.FlushAsync();
        return answer.CutAfter is null;
    }
}
