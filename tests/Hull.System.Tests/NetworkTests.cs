using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Hull.Cpu.Interpreter;
using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Disks;
using Hull.Machine.Host.Network;
using Hull.Testing;

namespace Hull.System.Tests;

/// <summary>A Debian guest on a tap in a network namespace of the test's own: pings, TCP both ways, a rate limit.</summary>
public sealed class NetworkTests
{
    private const int Megabytes = 8;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(150);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2 << 20, 0)]
    [InlineData(0, VirtioFeatures.PackedRing)]
    public void Guest_OnATap_TalksToTheHost(long bytesPerSecond, ulong withheld)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "Needs root and /dev/net/tun.");
        Assert.SkipUnless(File.Exists("/sbin/ip") || File.Exists("/usr/sbin/ip"), "Needs ip (package iproute2).");
        string modules = LinuxGuest.RequireModules();

        PrivateNetwork.Run(() => Talk(modules, bytesPerSecond, withheld));
    }

    private static void Talk(string modules, long bytesPerSecond, ulong withheld)
    {
        const string Script = """
            mount -t devtmpfs d /dev
            mount -t proc p /proc
            modules
            ip addr add 10.77.0.2/24 dev eth0
            ip link set eth0 up
            cat /sys/class/net/eth0/address
            echo packed $(cut -c35 /sys/bus/virtio/devices/virtio0/features) $(cut -c35 /sys/bus/virtio/devices/virtio1/features)
            echo from the guest | dd of=/dev/vda bs=512 seek=7 conv=fsync 2>/dev/null
            sha256sum < /dev/vda
            ping -c 3 -i 0.2 -W 5 10.77.0.1
            nc 10.77.0.1 5001 < /dev/null | sha256sum
            dd if=/dev/urandom of=/data bs=1M count=MEGABYTES 2>/dev/null
            sha256sum < /data
            nc 10.77.0.1 5002 < /data
            echo done
            poweroff -f
            """;
        using TapLink link = new(Tap.Open("hulltap0"));
        Ip("link", "set", "lo", "up");
        Ip("addr", "add", "10.77.0.1/24", "dev", "hulltap0");
        Ip("link", "set", "hulltap0", "up");
        byte[] download = new byte[Megabytes << 20];
        Random.Shared.NextBytes(download);

        // Sockets belong to the namespace of the thread that makes them: this one.
        using Socket sender = Listen(5001);
        using Socket receiver = Listen(5002);
        Task<TimeSpan> sent = Task.Factory.StartNew(() => Send(sender, download), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task<(byte[] Bytes, TimeSpan Taken)> received = Task.Factory.StartNew(() => Receive(receiver), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ByteRecorder output = new();
        using HostClock clock = new(TimeProvider.System);
        NetworkDevice card = new(
            link, clock, new NetworkOptions { Address = new byte[] { 2, 0, 0, 0x77, 0, 2 }, BytesPerSecond = bytesPerSecond });
        MemoryDiskFile file = new(new byte[1 << 20]);
        using RawDisk disk = new(file, "disk", readOnly: false);
        MachineSpec spec = new()
        {
            Memory = new ByteSize(256 << 20),
            SerialOutput = output,
            Devices = [card, new BlockDevice(disk, "d")],
            WithheldVirtioFeatures = withheld,
        };
        using VirtualMachine machine = new(spec, clock, (_, memory) => new InterpretingProcessor(memory));
        machine.Load(LinuxGuest.Boot(
            "mount -t sysfs s /sys\n" + Script.Replace("MEGABYTES", Megabytes.ToString(null, null), StringComparison.Ordinal), modules));
        link.Start(card);

        PowerEvent end = machine.RunAsync(CancellationToken.None).WaitAsync(s_limit).GetAwaiter().GetResult();

        Assert.True(end == PowerEvent.PowerOff, output.Text);
        string text = output.Text;
        Assert.Contains("02:00:00:77:00:02", text, StringComparison.Ordinal);
        Assert.Contains(withheld == 0 ? "packed 1 1" : "packed 0 0", text, StringComparison.Ordinal);
        byte[] content = file.Content;
        Assert.Equal("from the guest\n", global::System.Text.Encoding.ASCII.GetString(content, 7 * 512, 15));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(content)), text, StringComparison.Ordinal);
        Assert.Contains("3 packets received", text, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(download)), text, StringComparison.Ordinal);
        (byte[] upload, TimeSpan taken) = received.GetAwaiter().GetResult();
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(upload)), text, StringComparison.Ordinal);
        LinuxGuest.AssertNoComplaint(text);
        TimeSpan sending = sent.GetAwaiter().GetResult();
        TestContext.Current.SendDiagnosticMessage(
            $"net: to the guest {Megabytes / sending.TotalSeconds:0.0} MiB/s, from the guest {Megabytes / taken.TotalSeconds:0.0} MiB/s, limit {bytesPerSecond >> 20}");
        if (bytesPerSecond > 0)
        {
            // The limit lets a tenth of a second pass at once, and no more than its share afterwards.
            double expected = (double)(Megabytes << 20) / bytesPerSecond;
            Assert.InRange(taken.TotalSeconds, expected * 0.8, expected * 4);
        }
    }

    private static TimeSpan Send(Socket listener, byte[] bytes)
    {
        using Socket client = listener.Accept();
        long start = Stopwatch.GetTimestamp();
        client.Send(bytes);
        client.Shutdown(SocketShutdown.Send);
        _ = client.Receive(new byte[1]);
        return Stopwatch.GetElapsedTime(start);
    }

    private static (byte[] Bytes, TimeSpan Taken) Receive(Socket listener)
    {
        using Socket client = listener.Accept();
        long start = Stopwatch.GetTimestamp();
        using MemoryStream all = new();
        byte[] chunk = new byte[65536];
        int count;
        while (all.Length < Megabytes << 20 && (count = client.Receive(chunk)) > 0)
        {
            all.Write(chunk, 0, count);
        }

        return (all.ToArray(), Stopwatch.GetElapsedTime(start));
    }

    private static Socket Listen(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        socket.Listen();
        return socket;
    }

    private static void Ip(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
