namespace Hull.Runtime.Container.Spawn;

/// <summary>A place in a plan that steps go to, before or after it is placed.</summary>
/// <param name="Id">Its number, from 1.</param>
public readonly record struct PlanLabel(int Id);
