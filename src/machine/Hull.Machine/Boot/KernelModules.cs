using System.Text;

namespace Hull.Machine.Boot;

/// <summary>Finds a kernel's modules, and what each needs before it.</summary>
/// <remarks>
/// Reads the modules themselves, not depmod's index, which packages do not carry: a module's section <c>.modinfo</c>
/// holds texts <c>name=value</c>, each with its NUL. Source: the kernel's include/linux/moduleparam.h, MODULE_INFO.
/// </remarks>
public sealed class KernelModules
{
    private readonly string _directory;
    private readonly Dictionary<string, string> _paths = [];
    private readonly HashSet<string> _builtIn = [];

    /// <summary>Looks at a directory <c>lib/modules/VERSION</c>.</summary>
    /// <exception cref="HullException">It is not there.</exception>
    public KernelModules(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        _directory = directory;
        if (!Directory.Exists(directory))
        {
            throw new HullException(ErrorKind.NotFound, $"The kernel's modules '{directory}' do not exist; pull the kernel again.");
        }

        foreach (string path in Directory.EnumerateFiles(directory, "*" + ModuleFile.Extension + "*", SearchOption.AllDirectories))
        {
            string file = Path.GetFileName(path);
            _paths.TryAdd(NameOf(file[..file.IndexOf(ModuleFile.Extension, StringComparison.Ordinal)]), path);
        }

        string list = Path.Combine(directory, "modules.builtin");
        foreach (string line in File.Exists(list) ? File.ReadAllLines(list) : [])
        {
            _builtIn.Add(NameOf(Path.GetFileNameWithoutExtension(line)));
        }
    }

    /// <summary>The files to load, in an order that works; what the kernel has built in is left out.</summary>
    /// <exception cref="HullException">The kernel has one of them neither as a module nor built in.</exception>
    public IReadOnlyList<(string Name, byte[] Content)> Resolve(params ReadOnlySpan<string> names)
    {
        List<(string, byte[])> ordered = [];
        HashSet<string> seen = [];
        foreach (string name in names)
        {
            Add(NameOf(name), ordered, seen);
        }

        return ordered;
    }

    private void Add(string name, List<(string Name, byte[] Content)> ordered, HashSet<string> seen)
    {
        if (!seen.Add(name) || _builtIn.Contains(name))
        {
            return;
        }

        if (!_paths.TryGetValue(name, out string? path))
        {
            throw new HullException(ErrorKind.NotFound, $"The kernel module '{name}' is not in '{_directory}' and not built in.");
        }

        byte[] content = ModuleFile.Read(path);
        foreach (string needed in DependenciesOf(content))
        {
            Add(NameOf(needed), ordered, seen);
        }

        ordered.Add((name, content));
    }

    internal static IReadOnlyList<string> DependenciesOf(ReadOnlySpan<byte> module)
    {
        ReadOnlySpan<byte> key = "\0depends="u8;
        int at = module.IndexOf(key);
        if (at < 0)
        {
            return [];
        }

        ReadOnlySpan<byte> value = module[(at + key.Length)..];
        int end = value.IndexOf((byte)0);
        string text = Encoding.ASCII.GetString(end < 0 ? default : value[..end]);
        return text.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    // Files are named with dashes or underscores; the kernel takes both for the same.
    private static string NameOf(string name) => name.Replace('-', '_');
}
