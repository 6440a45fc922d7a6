namespace Hull.Cpu.Native;

/// <summary>Where a case begins, and addresses of 16 bits.</summary>
internal sealed partial class CodeGenerator
{
    private const int SlotsInPage = 0x1000 / CaseLayout.SlotBytes;

    // The last case of a page may cross into the next page, or into none; the first one of a page leaves room for it.
    private int Place(NativeCase target, NativeFamilies families)
    {
        int index = IndexOf(_slot);
        _at = FirstPlace(_slot);
        int most = _calm ? MostCalmBytes : _at + MostBytes;
        if ((families & NativeFamilies.Sequences) != 0 && index % SlotsInPage == SlotsInPage - 1 && random.OneIn(2))
        {
            _at = CaseLayout.SlotBytes - random.Next(1, _calm ? 64 : 24);
            most = CaseLayout.SlotBytes;
        }

        target.Start = _at;
        return most;
    }

    private bool Crosses => IndexOf(_slot) % SlotsInPage == SlotsInPage - 1 && _at > CaseLayout.SlotBytes - 64;

    private static int IndexOf(ulong slot) => (int)(slot - CaseLayout.CodeAddress) / CaseLayout.SlotBytes;

    private static int FirstPlace(ulong slot)
    {
        int index = IndexOf(slot);
        return index > 0 && index % SlotsInPage == 0 ? CaseLayout.OverhangBytes : 0;
    }

    // ModRM of 16 bits: long cases seldom add two registers, whose sum leads nowhere. Source: Intel SDM vol. 2A, table 2-1.
    private void ShortAddress(int reg)
    {
        int rm = _calm && !random.OneIn(40) ? 4 + random.Next(4) : random.Next(8);
        int mod = random.Next(3);
        _modRm = (mod << 6) | reg | rm;
        Byte(_modRm);
        if (mod == 1)
        {
            Byte(random.Next(_calm ? 16 : 3) == 0 ? random.Next(256) : random.Next(-2, 3) * 16);
        }
        else if (mod == 2)
        {
            Little((ulong)(random.Next(-16, 17) * 16), 2);
        }
        else if (rm == 6)
        {
            Little(Target(), 2);
        }
    }
}
