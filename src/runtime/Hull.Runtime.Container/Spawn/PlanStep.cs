using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>The step just added to a <see cref="PlanBuilder"/>, to say more about it.</summary>
public readonly ref struct PlanStep
{
    private readonly ref SpawnStep _step;

    internal PlanStep(ref SpawnStep step) => _step = ref step;

    /// <summary>Keeps the result in a cell.</summary>
    public PlanStep Into(PlanCell cell)
    {
        _step.Result = cell.Address;
        return this;
    }

    /// <summary>Goes somewhere on an error that is expected; at most three per step.</summary>
    public PlanStep On(Errno error, PlanLabel target)
    {
        if (_step.Error0 == 0)
        {
            (_step.Error0, _step.ErrorTarget0) = ((uint)error, (uint)target.Id);
        }
        else if (_step.Error1 == 0)
        {
            (_step.Error1, _step.ErrorTarget1) = ((uint)error, (uint)target.Id);
        }
        else
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(_step.Error2, 0u);
            (_step.Error2, _step.ErrorTarget2) = ((uint)error, (uint)target.Id);
        }

        return this;
    }

    /// <summary>Goes to the next step on this error.</summary>
    public PlanStep Ignore(Errno error) => On(error, PlanBuilder.Following);

    /// <summary>Goes somewhere on every error that has no target of its own.</summary>
    public PlanStep OnError(PlanLabel target)
    {
        _step.OtherTarget = (uint)target.Id;
        return this;
    }

    /// <summary>Goes to the next step whatever happens.</summary>
    public PlanStep IgnoreErrors() => OnError(PlanBuilder.Following);

    /// <summary>Goes somewhere on success.</summary>
    public PlanStep Then(PlanLabel target)
    {
        _step.NextTarget = (uint)target.Id;
        return this;
    }
}
