using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux.Tests;

/// <summary>Asks the C compiler whether every kernel structure has the layout of the kernel's own headers.</summary>
public sealed class KernelAbiTests
{
    private const string Compiler = "/usr/bin/cc";
    private const BindingFlags AllFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    // Not the kernel's: Hull's own spawn step, libzstd's buffer, and a cmsghdr with its descriptor behind it.
    private static readonly string[] s_notTheKernels = ["SpawnStep", "ZstdBuffer", "Libc+DescriptorMessage", "AccessAndModification"];

    /// <summary>Type below Hull.Linux; header; C type; fields as Name=member, absent ones are padding.</summary>
    public static TheoryData<string, string, string, string> Structs => new()
    {
        { "EpollEvent", "sys/epoll.h", "struct epoll_event", "Events=events Data=data" },
        { "FileSystemStatus", "sys/vfs.h", "struct statfs", "Type=f_type BlockSize=f_bsize Blocks=f_blocks BlocksFree=f_bfree BlocksAvailable=f_bavail Files=f_files FilesFree=f_ffree Id=f_fsid NameLength=f_namelen FragmentSize=f_frsize Flags=f_flags" },
        { "FileTime", "time.h", "struct timespec", "Seconds=tv_sec Nanoseconds=tv_nsec" },
        { "KvmRegs", "linux/kvm.h", "struct kvm_regs", "General=rax Rip=rip Rflags=rflags" },
        { "KvmSegment", "linux/kvm.h", "struct kvm_segment", "Base=base Limit=limit Selector=selector Type=type Present=present Dpl=dpl Db=db S=s L=l G=g Avl=avl Unusable=unusable" },
        { "KvmSregs", "linux/kvm.h", "struct kvm_sregs", "Cs=cs Ds=ds Es=es Fs=fs Gs=gs Ss=ss Tr=tr Ldt=ldt GdtBase=gdt.base GdtLimit=gdt.limit IdtBase=idt.base IdtLimit=idt.limit Cr0=cr0 Cr2=cr2 Cr3=cr3 Cr4=cr4 Cr8=cr8 Efer=efer ApicBase=apic_base InterruptBitmap=interrupt_bitmap" },
        { "KvmUserspaceMemoryRegion", "linux/kvm.h", "struct kvm_userspace_memory_region", "Slot=slot Flags=flags GuestPhysAddr=guest_phys_addr MemorySize=memory_size UserspaceAddr=userspace_addr" },
        { "Libc+FlockRange", "fcntl.h", "struct flock", "Type=l_type Whence=l_whence Start=l_start Len=l_len Pid=l_pid" },
        { "Libc+IoVector", "sys/uio.h", "struct iovec", "Base=iov_base Length=iov_len" },
        { "Libc+KernelTimeSpan", "time.h", "struct timespec", "Seconds=tv_sec Nanoseconds=tv_nsec" },
        { "Libc+MessageHeader", "sys/socket.h", "struct msghdr", "Name=msg_name NameLength=msg_namelen Vectors=msg_iov VectorCount=msg_iovlen Control=msg_control ControlLength=msg_controllen Flags=msg_flags" },
        { "Libc+PollEntry", "poll.h", "struct pollfd", "Fd=fd Events=events Revents=revents" },
        { "OpenHow", "linux/openat2.h", "struct open_how", "Flags=flags Mode=mode Resolve=resolve" },
        { "PollEntry", "poll.h", "struct pollfd", "Fd=fd Events=events Revents=revents" },
        { "Statx", "linux/stat.h", "struct statx", "Mask=stx_mask BlockSize=stx_blksize Attributes=stx_attributes Links=stx_nlink Uid=stx_uid Gid=stx_gid Mode=stx_mode Inode=stx_ino Size=stx_size Blocks=stx_blocks AttributesMask=stx_attributes_mask AccessTime=stx_atime BirthTime=stx_btime ChangeTime=stx_ctime ModificationTime=stx_mtime RdevMajor=stx_rdev_major RdevMinor=stx_rdev_minor DevMajor=stx_dev_major DevMinor=stx_dev_minor" },
        { "StatxTimestamp", "linux/stat.h", "struct statx_timestamp", "Seconds=tv_sec Nanoseconds=tv_nsec" },
        { "WindowSize", "sys/ioctl.h", "struct winsize", "Rows=ws_row Columns=ws_col PixelWidth=ws_xpixel PixelHeight=ws_ypixel" },
    };

    // Arguments that the kernel reads up to a given size: their members are compared, their size is not.
    public static TheoryData<string, string, string, string> Prefixes => new()
    {
        { "Libc+BpfLoad", "linux/bpf.h", "union bpf_attr", "ProgType=prog_type InsnCnt=insn_cnt Insns=insns License=license LogLevel=log_level LogSize=log_size LogBuf=log_buf KernVersion=kern_version ProgFlags=prog_flags" },
        { "Libc+BpfAttach", "linux/bpf.h", "union bpf_attr", "TargetFd=target_fd AttachBpfFd=attach_bpf_fd AttachType=attach_type AttachFlags=attach_flags ReplaceBpfFd=replace_bpf_fd" },
        { "Libc+BpfQuery", "linux/bpf.h", "union bpf_attr", "TargetFd=query.target_fd AttachType=query.attach_type QueryFlags=query.query_flags AttachFlags=query.attach_flags ProgIds=query.prog_ids ProgCnt=query.prog_cnt" },
        { "Libc+StatFs", "sys/vfs.h", "struct statfs", "Type=f_type" },
    };

    [Theory]
    [MemberData(nameof(Structs))]
    public void Struct_HasTheKernelsSizeAndLayout(string type, string header, string cType, string fields)
    {
        Assert.SkipUnless(File.Exists(Compiler), "This machine has no C compiler.");
        Type found = Find(type);

        string errors = Compile(header, [$"sizeof({cType}) == {SizeOf(found)}", .. Offsets(found, cType, fields)]);

        Assert.Equal("", errors);
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void Prefix_HasTheKernelsLayout(string type, string header, string cType, string fields)
    {
        Assert.SkipUnless(File.Exists(Compiler), "This machine has no C compiler.");

        string errors = Compile(header, Offsets(Find(type), cType, fields));

        Assert.Equal("", errors);
    }

    [Fact]
    public void EveryKernelStruct_HasARow()
    {
        string[] known = [.. Structs.Concat(Prefixes).Select(row => row.Data.Item1), .. s_notTheKernels];

        string[] missing = [.. typeof(FileDescriptor).Assembly.GetTypes()
            .Where(type => type is { IsValueType: true, IsEnum: false, IsPrimitive: false, IsGenericType: false }
                && DeclaresLayout(type))
            .Select(NameOf)
            .Where(name => !known.Contains(name))];

        Assert.True(missing.Length == 0, $"Add rows to KernelAbiTests for {string.Join(", ", missing)}.");
    }

    // The compiler gives every struct a sequential layout; only those whose source asks for it are the kernel's. The source is
    // what says so, and it lies beside the tests.
    private static bool DeclaresLayout(Type type)
    {
        string source = SourceOf(type);
        return source.Contains("[StructLayout(LayoutKind.Sequential", StringComparison.Ordinal);
    }

    private static string SourceOf(Type type)
    {
        string room = Checkout.At("src/base/Hull.Linux");
        string declaration = $"struct {type.Name}";
        foreach (string file in Directory.EnumerateFiles(room, "*.cs", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(file);
            int at = text.IndexOf(declaration, StringComparison.Ordinal);
            if (at >= 0)
            {
                return text[Math.Max(0, at - 160)..at];
            }
        }

        return "";
    }

    private static Type Find(string name) => typeof(FileDescriptor).Assembly.GetType("Hull.Linux." + name, throwOnError: true)
        ?? throw new InvalidOperationException(name);

    private static string NameOf(Type type) => type.IsNested ? $"{type.DeclaringType?.Name}+{type.Name}" : type.Name;

    private static int SizeOf(Type type)
    {
        MethodInfo method = typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf") ?? throw new InvalidOperationException("SizeOf");
        return (int)(method.MakeGenericMethod(type).Invoke(null, null) ?? 0);
    }

    private static IEnumerable<string> Offsets(Type type, string cType, string fields)
    {
        foreach (string pair in fields.Split(' '))
        {
            string[] names = pair.Split('=');
            FieldInfo? field = type.GetField(names[0], AllFields) ?? type.GetField($"<{names[0]}>k__BackingField", AllFields);
            Assert.True(field is not null, $"{type.Name} has no field {names[0]}.");
            nint offset = Marshal.OffsetOf(type, field.Name);
            yield return string.Create(CultureInfo.InvariantCulture, $"offsetof({cType}, {names[1]}) == {offset}");
        }
    }

    private static string Compile(string header, IEnumerable<string> assertions)
    {
        StringBuilder source = new($"#define _GNU_SOURCE\n#include <stddef.h>\n#include <{header}>\n");
        foreach (string assertion in assertions)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert({assertion}, \"{assertion}\");");
        }

        ProcessStartInfo start = new(Compiler, ["-x", "c", "-fsyntax-only", "-"]) { RedirectStandardInput = true, RedirectStandardError = true };
        using Process compiler = Process.Start(start) ?? throw new InvalidOperationException(Compiler);
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return errors;
    }
}
