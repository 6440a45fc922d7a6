using System.Globalization;

namespace Hull.OciCli;

/// <summary>A command line taken apart: <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, operands.</summary>
internal sealed class Arguments
{
    private readonly List<(string Name, string Value)> _options = [];

    private Arguments()
    {
    }

    /// <summary>What is not an option.</summary>
    internal List<string> Operands { get; } = [];

    /// <summary>Where the first operand stands; -1 without one.</summary>
    internal int FirstOperandIndex { get; private set; } = -1;

    /// <summary>Whether <c>--help</c> or <c>-h</c> is among the options.</summary>
    internal bool WantsHelp { get; private set; }

    /// <summary>Takes a command line apart.</summary>
    /// <param name="args">The words.</param>
    /// <param name="table">The options that exist.</param>
    /// <param name="stopAtOperand">Whether everything behind the first operand is an operand.</param>
    /// <exception cref="HullException">An option is unknown or lacks its value.</exception>
    internal static Arguments Parse(ReadOnlySpan<string> args, OptionTable table, bool stopAtOperand = false)
    {
        Arguments result = new();
        bool literal = false;
        for (int i = 0; i < args.Length; i++)
        {
            string word = args[i];
            if (literal || word.Length < 2 || word[0] != '-')
            {
                result.FirstOperandIndex = result.FirstOperandIndex < 0 ? i : result.FirstOperandIndex;
                result.Operands.Add(word);
                literal |= stopAtOperand;
            }
            else if (word == "--")
            {
                literal = true;
            }
            else
            {
                result.AddOption(word, args, ref i, table);
            }
        }

        return result;
    }

    /// <summary>Whether the option was given (a flag given as <c>--flag=false</c> was not).</summary>
    internal bool Has(string name) => Value(name) is string value && value != "false";

    /// <summary>The option's last value; null when it was not given.</summary>
    internal string? Value(string name)
    {
        for (int i = _options.Count - 1; i >= 0; i--)
        {
            if (_options[i].Name == name)
            {
                return _options[i].Value;
            }
        }

        return null;
    }

    /// <summary>All values of the option, in order.</summary>
    internal List<string> Values(string name)
    {
        List<string> values = [];
        foreach ((string given, string value) in _options)
        {
            if (given == name)
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>The option as a number; 0 when it was not given.</summary>
    /// <exception cref="HullException">It is not a number.</exception>
    internal int Number(string name) => Value(name) is not string text ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw new HullException(ErrorKind.InvalidArgument, $"The option '--{name}' needs a number, not '{text}'.");

    /// <summary>The only operand.</summary>
    /// <exception cref="HullException">There is none, or more.</exception>
    internal ContainerId TheContainer(int most = 1)
    {
        return Operands.Count >= 1 && Operands.Count <= most
            ? ContainerId.Parse(Operands[0])
            : throw new HullException(
                ErrorKind.InvalidArgument,
                Operands.Count == 0 ? "The container's identifier is missing." : $"There are too many arguments: '{Operands[^1]}' is not expected.");
    }

    private void AddOption(string word, ReadOnlySpan<string> args, ref int index, OptionTable table)
    {
        string name = word.TrimStart('-');
        string? value = null;
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0)
        {
            value = name[(equals + 1)..];
            name = name[..equals];
        }

        Option? option = table.Find(name);
        if (option is null)
        {
            WantsHelp = name is "help" or "h" ? true : throw new HullException(
                ErrorKind.InvalidArgument, $"The option '{word}' does not exist here: see {HelpText.Program} --help.");
        }
        else if (value is not null || option.Value is null)
        {
            _options.Add((option.Name, value ?? "true"));
        }
        else if (index + 1 < args.Length)
        {
            _options.Add((option.Name, args[++index]));
        }
        else
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The option '{word}' needs a value.");
        }
    }
}
