using Hull.Linux;

namespace Hull.Runtime;

/// <summary>A task or process whose terminal lies elsewhere: the size of the one its caller holds must be passed on.</summary>
public interface IResizable
{
    /// <summary>Gives the terminal a size; does nothing without a terminal.</summary>
    void Resize(WindowSize size);
}
