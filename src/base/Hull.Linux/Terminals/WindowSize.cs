using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A terminal's size. Layout of struct winsize, asm-generic/termios.h, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WindowSize
{
    /// <summary>Lines of text.</summary>
    public ushort Rows;

    /// <summary>Characters in a line.</summary>
    public ushort Columns;

    /// <summary>Width in pixels; mostly 0.</summary>
    public ushort PixelWidth;

    /// <summary>Height in pixels; mostly 0.</summary>
    public ushort PixelHeight;
}
