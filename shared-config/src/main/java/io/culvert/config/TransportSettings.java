package io.culvert.config;

/** The transport under a protocol. A new transport is a new record here. */
public sealed interface TransportSettings {

    /** Plain TCP (V2Ray: {@code tcp}; Xray: {@code raw}), and UDP where the protocol has it. */
    record Raw() implements TransportSettings {}

    /** A transport that V2Ray has and this version does not; never run. */
    record Unbuilt(String network) implements TransportSettings {}
}
