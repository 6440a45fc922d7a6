namespace Hull.Linux.Tests;

public sealed class DescriptorTests
{
    [Fact]
    public void Pipe_WithData_WakesEpollWithItsKey()
    {
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe(nonBlocking: true);
        using Epoll epoll = new();
        epoll.Add(reader, PollEvents.In, 42);
        var events = new EpollEvent[4];

        DescriptorIo.WriteAll(writer, "hi"u8);
        int count = epoll.Wait(events, 1000);

        Assert.Equal(1, count);
        Assert.Equal(42ul, events[0].Data);
        reader.Dispose();
        writer.Dispose();
    }

    [Fact]
    public void TryRead_WithNothingThere_IsFalse()
    {
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe(nonBlocking: true);

        bool ready = DescriptorIo.TryRead(reader, new byte[4], out _);

        Assert.False(ready);
        reader.Dispose();
        writer.Dispose();
    }

    [Fact]
    public void Socket_AtAPathLongerThanTheKernelTakes_ConnectsAndSendsADescriptor()
    {
        string directory = Directory.CreateTempSubdirectory("hull-socket-").FullName;
        string deep = Directory.CreateDirectory(Path.Combine(directory, new string('d', 120))).FullName;
        string path = Path.Combine(deep, "s");
        using FileDescriptor listener = UnixSocket.Listen(path, 4);

        using FileDescriptor client = UnixSocket.Connect(path);
        using FileDescriptor? server = UnixSocket.TryAccept(listener);
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        UnixSocket.SendDescriptor(client, writer, 1);
        writer.Dispose();
        using (FileDescriptor? received = UnixSocket.ReceiveDescriptor(server!))
        {
            DescriptorIo.WriteAll(received!, "x"u8);
        }

        byte[] buffer = new byte[4];
        Assert.Equal(1, DescriptorIo.Read(reader, buffer));
        reader.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void Launcher_WithCrossedDescriptors_GivesEachItsNumber()
    {
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        int pid = Launcher.Start(new LaunchRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", "-c", "echo $X; exit 7"],
            Environment = ["X=seven"],
            Descriptors = [FileDescriptor.Borrow(0), writer, FileDescriptor.Borrow(2)],
            NewSession = true,
        });
        writer.Dispose();
        byte[] buffer = new byte[16];

        int count = DescriptorIo.Read(reader, buffer);
        int status = Launcher.Wait(pid);

        Assert.Equal("seven\n"u8, buffer.AsSpan(0, count));
        Assert.Equal(7, status >> 8);
        reader.Dispose();
    }

    [Fact]
    public void Launcher_OfNoProgram_SaysWhy()
    {
        LinuxException error = Assert.Throws<LinuxException>(() => Launcher.Start(new LaunchRequest
        {
            Path = "/no/such/program",
            Arguments = ["x"],
            Descriptors = [],
        }));

        Assert.Equal(Errno.NoEnt, error.Error);
    }

    [Fact]
    public void PidFd_OfAnEndedChild_IsReadableAndRefusesSignals()
    {
        int pid = Launcher.Start(new LaunchRequest { Path = "/bin/true", Arguments = ["true"], Descriptors = [] });
        using PidFd? process = PidFd.TryOpen(pid);

        Assert.True(process!.Wait(10_000));
        Launcher.Wait(pid);

        Assert.False(process.TrySignal(Signal.Terminate));
    }
}
