package com.hazelcast;

/** Stands for Hazelcast, so that the rule about it can be shown to fail. */
public final class OffenderInstance {
    private OffenderInstance() {}
}
