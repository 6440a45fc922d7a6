using System.Runtime.InteropServices;
using Hull.Engine.Containers;
using Hull.Linux;
using Hull.Runtime;

namespace Hull.Cli.Commands;

/// <summary><c>hull exec -t</c>: passes bytes between this terminal and the new one until the command ends.</summary>
internal static class ExecTerminal
{
    private const int ChunkBytes = 32 * 1024;

    internal static async Task<int> RunAsync(
        CommandContext context, ContainerView view, ExecRequest request, bool interactive, bool detach, DetachKeys detachKeys)
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (near)
        {
            ITaskProcess process;
            using (far)
            {
                process = await context.Engine.Containers.ExecAsync(view, request, new TaskStreams { Console = far }, context.Cancellation);
            }

            using (process)
            {
                using FileDescriptor terminal = UnixSocket.ReceiveDescriptor(near)
                    ?? throw new HullException(ErrorKind.Internal, "The new process sent no terminal.");
                if (detach)
                {
                    return 0;
                }

                bool ended = Join(terminal, process as IResizable, interactive, detachKeys);
                return ended ? (await process.WaitAsync(context.Cancellation)).Code : 0;
            }
        }
    }

    private static bool Join(FileDescriptor terminal, IResizable? elsewhere, bool interactive, DetachKeys detachKeys)
    {
        var input = FileDescriptor.Borrow(0);
        var output = FileDescriptor.Borrow(1);
        SetSize(terminal, elsewhere);
        using var resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => SetSize(terminal, elsewhere));
        using IDisposable? raw = interactive && Terminal.IsTerminal(input) ? Terminal.MakeRaw(input) : null;
        byte[] chunk = new byte[ChunkBytes];
        bool inputOpen = interactive;
        while (true)
        {
            Span<PollEntry> entries = [new PollEntry(terminal, PollEvents.In), new PollEntry(input, PollEvents.In)];
            DescriptorIo.Poll(inputOpen ? entries : entries[..1], -1);
            if (entries[0].Revents != PollEvents.None)
            {
                int count = DescriptorIo.Read(terminal, chunk);
                if (count == 0)
                {
                    return true;
                }

                _ = DescriptorIo.WriteAll(output, chunk.AsSpan(0, count));
            }

            if (inputOpen && entries[1].Revents != PollEvents.None)
            {
                int count = DescriptorIo.Read(input, chunk);
                inputOpen = count > 0;
                if (detachKeys.Filter(chunk.AsSpan(0, count), out byte[] passed))
                {
                    return false;
                }

                _ = DescriptorIo.WriteAll(terminal, passed);
            }
        }
    }

    private static void SetSize(FileDescriptor terminal, IResizable? elsewhere)
    {
        if (AttachSession.CurrentSize() is { } size)
        {
            Terminal.SetSize(terminal, size);
            elsewhere?.Resize(size);
        }
    }
}
