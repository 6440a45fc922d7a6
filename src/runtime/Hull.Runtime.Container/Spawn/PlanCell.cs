namespace Hull.Runtime.Container.Spawn;

/// <summary>Eight bytes of the image in which a step leaves a result for later steps.</summary>
/// <param name="Address">Where; 0 for no cell.</param>
public readonly record struct PlanCell(uint Address);
