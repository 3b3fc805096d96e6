"""A world in one integer: laptops, a bad road, a centre, and everything that can go wrong between them.

The desk, the store, the sync, the protocol, the centre's door, its ledger and the fold are the product's own,
on true SQLCipher and SQLite files. What is made up is the world around them: time, chance, the wire, the
disk's willingness, and when a process dies. ``python -m simulator 17`` in ``tests`` plays seed 17 again.

==============  ==========================================================================================
``world``       virtual time: events in order, and waiting that lets others act meanwhile
``chance``      the seed behind every random byte, also the product's own
``disk``        database files whose process can die at any write, whose space can end
``wire``        sockets without a network: each exchange has a fate, byte by byte
``centre``      the centre's process: boots, answers, folds, dies, is restored
``laptop``      a laptop's process and its officer, who never forgets what was promised
``book``        what people were told: every code, every fee, every change
``judge``       what must hold when the world has healed, and what must hold at every moment
``planted``     mistakes on purpose: the judge has to find each
``morning``     what happens when: citizens come, things go wrong, the world heals
``run``         one seed, from the making of its world to the outcome
==============  ==========================================================================================
"""
