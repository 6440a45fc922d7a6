using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A sealed program in memory that executes a spawn plan; see docs/runtime.md.</summary>
/// <remarks>
/// The program is a memory file (memfd_create(2)) that nobody can change any more once it is sealed, so a process that
/// runs it may enter a container: there is no host file behind <c>/proc/self/exe</c> to overwrite (CVE-2019-5736).
/// Not thread-safe. Only x86-64. Source: ELF-64 object file format 1.5; memfd_create(2), fcntl(2) "File sealing".
/// </remarks>
public sealed class SpawnImage : IDisposable
{
    /// <summary>clone3's CLONE_INTO_CGROUP: the child starts in the control group of the given directory.</summary>
    public const ulong IntoCgroup = 0x200000000;

    private const int PageBytes = 4096;
    private const int HeaderBytes = 64;
    private const int SegmentHeaderBytes = 56;
    private const int CodeOffset = 0x200;
    private const int ParameterBytes = 164;
    private const int MaxInherited = 512;

    private const ulong CloneVm = 0x100;
    private const ulong CloneVfork = 0x4000;
    private const ulong ClonePidFd = 0x1000;
    private const ulong CloneClearSignalHandlers = 0x100000000;
    private const int SigChld = 17;

    private readonly FileDescriptor _file;
    private readonly nint _code;

    private SpawnImage(FileDescriptor file, nint code)
    {
        _file = file;
        _code = code;
    }

    /// <summary>Builds the program and seals it.</summary>
    /// <param name="constants">The constants; at most <see cref="SpawnLayout.SegmentBytes"/>, as the other segments.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="variables">The variables' first bytes, beginning with the control block.</param>
    /// <param name="scratchBytes">How many zero bytes follow the variables.</param>
    /// <exception cref="HullException">The kernel or the processor cannot do it, or the plan is too large.</exception>
    public static SpawnImage Seal(
        ReadOnlySpan<byte> constants, ReadOnlySpan<SpawnStep> steps, ReadOnlySpan<byte> variables, int scratchBytes)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new HullException(ErrorKind.Unimplemented, "Containers can be started on x86-64 only.");
        }

        ReadOnlySpan<byte> stepBytes = MemoryMarshal.AsBytes(steps);
        if (Math.Max(Math.Max(constants.Length, stepBytes.Length), variables.Length + scratchBytes) > SpawnLayout.SegmentBytes)
        {
            throw new HullException(ErrorKind.ResourceExhausted, "The container's configuration makes a spawn plan of more than 1 MiB.");
        }

        int constantsAt = PageBytes;
        int stepsAt = constantsAt + Pages(constants.Length);
        int variablesAt = stepsAt + Pages(stepBytes.Length);
        byte[] image = new byte[variablesAt + variables.Length];
        SpawnCode.Bytes.CopyTo(image.AsSpan(CodeOffset));
        constants.CopyTo(image.AsSpan(constantsAt));
        stepBytes.CopyTo(image.AsSpan(stepsAt));
        variables.CopyTo(image.AsSpan(variablesAt));
        WriteHeader(image);
        WriteSegment(image, 0, flags: 5, 0, SpawnLayout.Code, CodeOffset + SpawnCode.Bytes.Length, 0);
        WriteSegment(image, 1, flags: 4, constantsAt, SpawnLayout.Constants, constants.Length, 0);
        WriteSegment(image, 2, flags: 4, stepsAt, SpawnLayout.Steps, stepBytes.Length, 0);
        WriteSegment(image, 3, flags: 6, variablesAt, SpawnLayout.Variables, variables.Length, scratchBytes);
        WriteStackSegment(image, 4);

        FileDescriptor file = MemoryFileOf(image);
        try
        {
            return new SpawnImage(file, MapCode(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Starts a process that executes the plan, and returns once it left this process's memory.</summary>
    /// <param name="namespaces">CLONE_NEW* flags the process starts with, and <see cref="IntoCgroup"/>.</param>
    /// <param name="inherited">Descriptors that stay open in it, under their numbers; at most 512.</param>
    /// <param name="cgroup">Directory of the control group for <see cref="IntoCgroup"/>.</param>
    /// <exception cref="LinuxException">clone3(2) or execveat(2) failed.</exception>
    public unsafe SpawnedProcess Spawn(ulong namespaces, ReadOnlySpan<int> inherited, FileDescriptor? cgroup = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inherited.Length, MaxInherited);
        int length = ParameterBytes + (inherited.Length * sizeof(int));
        byte* block = stackalloc byte[ParameterBytes + (MaxInherited * sizeof(int))];
        var parameters = new Span<byte>(block, length);
        parameters.Clear();
        int pidFd = -1;

        // SAFETY: the block, the pidfd's variable and the mapped code live until the call returns: the child shares this
        // stack only until it executes the image or ends, and CLONE_VFORK suspends this thread until then. The code
        // writes nothing but the block's own fields (layout: SpawnCode, offsets as below).
        WriteParameters(block, parameters, &pidFd, namespaces, inherited, cgroup);
        nint result = ((delegate* unmanaged<byte*, nint>)(_code + CodeOffset + SpawnCode.SpawnOffset))(block);
        if (result < 0)
        {
            throw new LinuxException("clone3", "namespaces", (Errno)(int)-result);
        }

        var descriptor = FileDescriptor.Own(pidFd, "clone3");
        int error = BinaryPrimitives.ReadInt32LittleEndian(parameters[104..]);
        if (error != 0)
        {
            descriptor.Dispose();
            _ = Libc.system_call(61, result, 0, 0, 0, 0, 0);
            throw new LinuxException("execveat", "spawn image", (Errno)error);
        }

        return new SpawnedProcess((int)result, descriptor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Libc.system_call(11, _code, PageBytes, 0, 0, 0, 0);
        _file.Dispose();
    }

    private unsafe void WriteParameters(
        byte* block, Span<byte> parameters, int* pidFd, ulong namespaces, ReadOnlySpan<int> inherited, FileDescriptor? cgroup)
    {
        // struct clone_args, linux/sched.h: flags, pidfd, child_tid, parent_tid, exit_signal, stack, ..., cgroup at 80.
        ulong flags = CloneVm | CloneVfork | ClonePidFd | CloneClearSignalHandlers | namespaces;
        BinaryPrimitives.WriteUInt64LittleEndian(parameters, flags);

        // SAFETY: only addresses are taken here; Spawn keeps what they point at alive.
        BinaryPrimitives.WriteUInt64LittleEndian(parameters[8..], (ulong)pidFd);
        BinaryPrimitives.WriteUInt64LittleEndian(parameters[32..], SigChld);
        BinaryPrimitives.WriteUInt64LittleEndian(parameters[80..], (ulong)(cgroup?.Number ?? 0));
        BinaryPrimitives.WriteUInt64LittleEndian(parameters[96..], ulong.MaxValue);
        BinaryPrimitives.WriteInt32LittleEndian(parameters[108..], _file.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(parameters[112..], (ulong)(block + 144));
        "hull-init"u8.CopyTo(parameters[144..]);
        BinaryPrimitives.WriteInt32LittleEndian(parameters[160..], inherited.Length);
        MemoryMarshal.AsBytes(inherited).CopyTo(parameters[ParameterBytes..]);
    }

    private static int Pages(int bytes) => Math.Max(PageBytes, (bytes + PageBytes - 1) & -PageBytes);

    private static void WriteHeader(Span<byte> image)
    {
        // e_ident: ELF, 64-bit, little-endian, version 1; type 2 = EXEC, machine 62 = x86-64; five program headers.
        ReadOnlySpan<byte> identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(image);
        BinaryPrimitives.WriteUInt16LittleEndian(image[16..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(image[18..], 62);
        BinaryPrimitives.WriteUInt32LittleEndian(image[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(image[24..], SpawnLayout.Code + CodeOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(image[32..], HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(image[52..], HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(image[54..], SegmentHeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(image[56..], 5);
    }

    private static void WriteSegment(Span<byte> image, int index, uint flags, int offset, uint address, int bytes, int zeros)
    {
        Span<byte> header = image.Slice(HeaderBytes + (index * SegmentHeaderBytes), SegmentHeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)(bytes + zeros));
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], PageBytes);
    }

    private static void WriteStackSegment(Span<byte> image, int index)
    {
        // PT_GNU_STACK with read and write: the stack is not executable.
        Span<byte> header = image.Slice(HeaderBytes + (index * SegmentHeaderBytes), SegmentHeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x6474e551);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 6);
    }

    internal static unsafe FileDescriptor MemoryFileOf(ReadOnlySpan<byte> image)
    {
        const int MfdCloseOnExec = 1;
        const int MfdAllowSealing = 2;
        const int MfdExec = 16;
        const int AddSeals = 1033;
        const int AllSeals = 0xf;

        ReadOnlySpan<byte> name = "hull-init\0"u8;
        nint number;

        // SAFETY: both spans are pinned while the kernel reads them.
        fixed (byte* text = name)
        {
            // MFD_EXEC exists since Linux 6.3; older kernels answer EINVAL and make every memory file executable.
            number = Libc.system_call(319, (nint)text, MfdCloseOnExec | MfdAllowSealing | MfdExec, 0, 0, 0, 0);
            if (number < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Inval)
            {
                number = Libc.system_call(319, (nint)text, MfdCloseOnExec | MfdAllowSealing, 0, 0, 0, 0);
            }
        }

        var file = FileDescriptor.Own((int)number, "memfd_create", "hull-init");
        for (int done = 0; done < image.Length;)
        {
            fixed (byte* bytes = image[done..])
            {
                nint written = Libc.system_call(1, file.Number, (nint)bytes, image.Length - done, 0, 0, 0);
                if (written <= 0)
                {
                    throw LinuxException.Last("write", "spawn image");
                }

                done += (int)written;
            }
        }

        return Libc.system_call(72, file.Number, AddSeals, AllSeals, 0, 0, 0) == 0
            ? file
            : throw LinuxException.Last("fcntl", "spawn image");
    }

    internal static nint MapCode(FileDescriptor file)
    {
        const int ReadExecute = 5;
        const int Private = 2;
        nint code = Libc.system_call(9, 0, PageBytes, ReadExecute, Private, file.Number, 0);
        return code is >= 0 or < -4095 ? code : throw LinuxException.Last("mmap", "spawn image");
    }
}
