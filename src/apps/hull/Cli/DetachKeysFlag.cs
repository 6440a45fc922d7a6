namespace Hull.Cli;

/// <summary><c>--detach-keys</c>: read before anything is done, so that a wrong one leaves nothing behind.</summary>
internal sealed class DetachKeysFlag() : Flag(
    "detach-keys", '\0', "Keys, with commas between, that leave a terminal without ending what runs there: a character or ctrl-a to ctrl-z (ctrl-p,ctrl-q).")
{
    internal DetachKeys Keys { get; private set; } = new(DetachKeys.Default);

    internal override string ValueName => "KEYS";

    protected override void Accept(string value) => Keys = new DetachKeys(value);
}
