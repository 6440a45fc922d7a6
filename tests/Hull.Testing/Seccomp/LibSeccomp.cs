using System.Runtime.InteropServices;
using Hull.Oci.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Hull.Testing.Seccomp;

/// <summary>Debian's libseccomp, fed the way runc feeds it: the oracle of the compiler.</summary>
internal sealed class LibSeccomp
{
    private const int ArgumentBytes = 24;

    private static readonly Lazy<LibSeccomp?> s_instance = new(Load);

    private readonly Init _init;
    private readonly Release _release;
    private readonly ArchAdd _archAdd;
    private readonly ArchAdd _archRemove;
    private readonly RuleAdd _ruleAdd;
    private readonly Export _export;
    private readonly Resolve _resolve;

    private LibSeccomp(nint library)
    {
        _init = Get<Init>(library, "seccomp_init");
        _release = Get<Release>(library, "seccomp_release");
        _archAdd = Get<ArchAdd>(library, "seccomp_arch_add");
        _archRemove = Get<ArchAdd>(library, "seccomp_arch_remove");
        _ruleAdd = Get<RuleAdd>(library, "seccomp_rule_add_array");
        _export = Get<Export>(library, "seccomp_export_bpf");
        _resolve = Get<Resolve>(library, "seccomp_syscall_resolve_name");
    }

    private delegate nint Init(uint action);

    private delegate void Release(nint context);

    private delegate int ArchAdd(nint context, uint token);

    private delegate int RuleAdd(nint context, uint action, int call, uint count, nint arguments);

    private delegate int Export(nint context, int fd);

    private delegate int Resolve(nint name);

    internal static LibSeccomp? Instance => s_instance.Value;

    /// <summary>Whether the library has heard of a call.</summary>
    internal bool Knows(string name) => NumberOf(name) != -1;

    /// <summary>The program libseccomp makes of a profile for x86-64 (or arm64).</summary>
    /// <param name="spec">The profile.</param>
    /// <param name="arm64">For arm64.</param>
    /// <param name="refused">
    /// The first rule and call the library refuses because it contradicts an earlier one. There is no program then: runc
    /// gives up, and what the library keeps after its refusal is not to be relied on (docs/seccomp.md).
    /// </param>
    internal byte[]? TryCompile(SeccompSpec spec, bool arm64, out (int Rule, string Call)? refused)
    {
        uint defaultAction = ActionOf(spec.DefaultAction, spec.DefaultErrnoRet);
        nint context = _init(defaultAction);
        try
        {
            if (arm64)
            {
                Check(_archAdd(context, BpfMachine.Arm64), "arch_add");
                Check(_archRemove(context, BpfMachine.X64), "arch_remove");
            }

            foreach (string name in spec.Architectures ?? [])
            {
                uint token = name switch { "SCMP_ARCH_X86" => 0x40000003, "SCMP_ARCH_X32" => 0x4000003E, _ => 0 };
                if (token != 0)
                {
                    Check(_archAdd(context, token), "arch_add");
                }
            }

            IReadOnlyList<SyscallRuleSpec> rules = spec.Syscalls ?? [];
            for (int i = 0; i < rules.Count; i++)
            {
                if (FindRefusedOf(context, rules[i], defaultAction) is string call)
                {
                    refused = (i, call);
                    return null;
                }
            }

            refused = null;
            return ExportBytes(context);
        }
        finally
        {
            _release(context);
        }
    }

    private static LibSeccomp? Load() =>
        NativeLibrary.TryLoad("libseccomp.so.2", out nint library) ? new LibSeccomp(library) : null;

    private static T Get<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"libseccomp's {call} failed: {result}.");
        }
    }

    private static uint ActionOf(string name, uint? errno) => name switch
    {
        "SCMP_ACT_ALLOW" => 0x7FFF0000,
        "SCMP_ACT_ERRNO" => 0x00050000 | (errno ?? 1),
        "SCMP_ACT_KILL_PROCESS" => 0x80000000,
        "SCMP_ACT_LOG" => 0x7FFC0000,
        "SCMP_ACT_NOTIFY" => 0x7FC00000,
        "SCMP_ACT_TRACE" => 0x7FF00000 | (errno ?? 1),
        "SCMP_ACT_TRAP" => 0x00030000,
        _ => 0,
    };

    private static int OperatorOf(string name) => name switch
    {
        "SCMP_CMP_NE" => 1,
        "SCMP_CMP_LT" => 2,
        "SCMP_CMP_LE" => 3,
        "SCMP_CMP_EQ" => 4,
        "SCMP_CMP_GE" => 5,
        "SCMP_CMP_GT" => 6,
        _ => 7,
    };

    // Adds a rule for each of its calls; the first call for which the library refuses it.
    private string? FindRefusedOf(nint context, SyscallRuleSpec rule, uint defaultAction)
    {
        uint action = ActionOf(rule.Action, rule.ErrnoRet);
        if (action == defaultAction)
        {
            return null;
        }

        SyscallArgumentSpec[] all = [.. rule.Args ?? []];
        bool repeated = all.Select(argument => argument.Index).Distinct().Count() != all.Length;
        foreach (string name in rule.Names ?? [])
        {
            if (NumberOf(name) is int number and not -1)
            {
                foreach (SyscallArgumentSpec[] arguments in repeated ? all.Chunk(1) : [all])
                {
                    if (!TryAdd(context, action, number, arguments))
                    {
                        return name;
                    }
                }
            }
        }

        return null;
    }

    private bool TryAdd(nint context, uint action, int number, SyscallArgumentSpec[] arguments)
    {
        nint memory = Marshal.AllocHGlobal(ArgumentBytes * 6);
        for (int i = 0; i < arguments.Length; i++)
        {
            nint place = memory + (i * ArgumentBytes);
            Marshal.WriteInt32(place, (int)arguments[i].Index);
            Marshal.WriteInt32(place + 4, OperatorOf(arguments[i].Op));
            Marshal.WriteInt64(place + 8, (long)arguments[i].Value);
            Marshal.WriteInt64(place + 16, (long)arguments[i].ValueTwo);
        }

        int result = _ruleAdd(context, action, number, (uint)arguments.Length, memory);
        Marshal.FreeHGlobal(memory);
        const int AlreadyThere = -17;
        Check(result == AlreadyThere ? 0 : result, "rule_add_array");
        return result == 0;
    }

    private byte[] ExportBytes(nint context)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
            {
                Check(_export(context, (int)file.DangerousGetHandle()), "export_bpf");
            }

            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private int NumberOf(string name)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        int number = _resolve(text);
        Marshal.FreeCoTaskMem(text);
        return number;
    }
}
