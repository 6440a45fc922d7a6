namespace Hull.Runtime.Container.Seccomp;

/// <summary>One rule of a profile: an action and the conditions under which it is taken.</summary>
/// <param name="Action">The filter's return value.</param>
/// <param name="First">Index of its first condition in the policy.</param>
/// <param name="Count">How many conditions there are; none: always.</param>
/// <param name="AnyOf">Whether one condition is enough, instead of all.</param>
internal readonly record struct SeccompRule(uint Action, int First, int Count, bool AnyOf);
