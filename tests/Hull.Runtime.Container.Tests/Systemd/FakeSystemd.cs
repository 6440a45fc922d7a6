using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Hull.Runtime.Container.Systemd;

namespace Hull.Runtime.Container.Tests.Systemd;

/// <summary>A message bus with a systemd that says yes to everything, and writes down what it was asked.</summary>
internal sealed class FakeSystemd : IDisposable
{
    private const uint Serial = 1;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _controlGroup;
    private readonly Task _serving;
    private readonly List<string> _calls = [];

    internal FakeSystemd(string path, string controlGroup)
    {
        _controlGroup = controlGroup;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _serving = Task.Run(Serve);
    }

    /// <summary>What came, in order: <c>user HEX</c> for who said to be whom, then each call's name with its texts.</summary>
    internal IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _serving.Wait();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using Socket client = _listener.Accept();
                ServeOne(client);
            }
        }
        catch (SocketException)
        {
            // The listener was closed: the test is over.
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private void ServeOne(Socket client)
    {
        string line = "";
        byte[] one = new byte[1];
        while (!line.EndsWith("BEGIN\r\n", StringComparison.Ordinal) && client.Receive(one) == 1)
        {
            line += (char)one[0];
        }

        Note("user " + line.Trim('\0').Split(' ', '\r')[2]);
        client.Send("OK 0123456789abcdef\r\n"u8);
        byte[] prefix = new byte[BusMessage.PrefixBytes];
        while (Fill(client, prefix))
        {
            byte[] all = new byte[BusMessage.LengthOf(prefix)];
            prefix.CopyTo(all, 0);
            if (!Fill(client, all.AsSpan(prefix.Length)))
            {
                return;
            }

            Answer(client, BusMessage.TryRead(all)!, BinaryPrimitives.ReadUInt32LittleEndian(all.AsSpan(8)));
        }
    }

    private void Answer(Socket client, BusMessage call, uint serial)
    {
        BusReader reader = new(call.Body.Span);
        BusWriter body = new();
        switch (call.Member)
        {
            case "StartTransientUnit":
                Note($"start {reader.Text()} {reader.Text()} {Properties(ref reader)}");
                Finish(client, serial);
                return;
            case "StopUnit":
                Note("stop " + reader.Text());
                Finish(client, serial);
                return;
            case "SetUnitProperties":
                string unit = reader.Text();
                _ = reader.UInt32();
                Note($"set {unit} {Properties(ref reader)}");
                break;
            case "Get":
                body.Signature("s");
                body.Text(_controlGroup);
                Send(client, BusMessage.MethodReturn, serial, "", "v", body);
                return;
            default:
                Note(call.Member);
                break;
        }

        Send(client, BusMessage.MethodReturn, serial, "", "", body);
    }

    private static void Finish(Socket client, uint serial)
    {
        BusWriter job = new();
        job.Text("/job/7");
        Send(client, BusMessage.MethodReturn, serial, "", "o", job);
        BusWriter ended = new();
        ended.UInt32(7);
        ended.Text("/job/7");
        ended.Text("any.scope");
        ended.Text("done");
        Send(client, BusMessage.Signal, 0, "JobRemoved", "uoss", ended);
    }

    // Texts, switches and numbers are written out; of the others only the name.
    private static string Properties(ref BusReader reader)
    {
        List<string> all = [];
        int end = (int)reader.UInt32();
        reader.Struct();
        end += reader.Position;
        while (!reader.IsAtEnd && reader.Position < end)
        {
            reader.Struct();
            string name = reader.Text();
            string type = reader.Signature();
            switch (type)
            {
                case "s":
                    all.Add($"{name}={reader.Text()}");
                    break;
                case "b":
                    all.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={reader.UInt32()}"));
                    break;
                default:
                    all.Add(name);
                    _ = reader.Skip(type);
                    break;
            }
        }

        return string.Join(' ', all);
    }

    private static void Send(Socket client, byte type, uint answers, string member, string signature, BusWriter body)
    {
        BusWriter message = new();
        message.Raw([(byte)'l', type, 0, 1]);
        message.UInt32((uint)body.Length);
        message.UInt32(Serial);
        (int LengthAt, int Start) fields = message.BeginArray(8);
        if (member.Length > 0)
        {
            message.Struct();
            message.Byte(3);
            message.Signature("s");
            message.Text(member);
        }

        if (answers != 0)
        {
            message.Struct();
            message.Byte(5);
            message.Signature("u");
            message.UInt32(answers);
        }

        if (signature.Length > 0)
        {
            message.Struct();
            message.Byte(8);
            message.Signature("g");
            message.Signature(signature);
        }

        message.EndArray(fields);
        message.Align(8);
        message.Raw(body.Written);
        client.Send(message.Written);
    }

    private void Note(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }

    private static bool Fill(Socket client, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = client.Receive(bytes);
            if (count == 0)
            {
                return false;
            }

            bytes = bytes[count..];
        }

        return true;
    }
}
