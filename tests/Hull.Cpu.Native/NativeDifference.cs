namespace Hull.Cpu.Native;

/// <summary>One case on which host and interpreter disagree, made as small as it gets.</summary>
/// <param name="Key">What kind: opcode and the field that differs.</param>
/// <param name="Text">Bytes, state and both values.</param>
public sealed record NativeDifference(string Key, string Text);
