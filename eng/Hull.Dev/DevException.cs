namespace Hull.Dev;

/// <summary>A development step failed; the message is all the reader needs.</summary>
internal sealed class DevException(string message) : Exception(message);
