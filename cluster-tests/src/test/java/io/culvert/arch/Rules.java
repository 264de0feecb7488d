package io.culvert.arch;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;

/** What may see what (the design's section 2): one constant, one reason. */
@SuppressWarnings("ImmutableEnumChecker") // a rule is never changed; its library only does not say so
enum Rules {
    VERTICLES_NEVER_SEE_EACH_OTHER(slices().matching("io.culvert.(ingress|router|egress)..")
            .should()
            .notDependOnEachOther()
            .because("ingress, router and egress may run on three machines")),

    ROUTER_SEES_NO_BYTES(noClasses()
            .that()
            .resideInAPackage("io.culvert.router..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.culvert.transport..")
            .because("a router decides on descriptors and never touches a session's bytes")),

    ADMIN_SEES_NO_DATA_PATH(noClasses()
            .that()
            .resideInAPackage("io.culvert.admin..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.netty.channel..",
                    "io.culvert.transport..",
                    "io.culvert.ingress..",
                    "io.culvert.router..",
                    "io.culvert.egress..")
            .because("the dashboard is served what it shows, and reaches for nothing")),

    MODEL_IS_PLAIN_JAVA(classes()
            .that()
            .resideInAPackage("io.culvert.model..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "org.jspecify..", "io.culvert.model..")
            .because("every module knows the values of the domain")),

    CRYPTO_SEES_ONLY_CRYPTOGRAPHY(classes()
            .that()
            .resideInAPackage("io.culvert.crypto..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..", "javax.crypto..", "org.bouncycastle..", "org.jspecify..", "io.culvert.crypto..")
            .because("a cipher has inputs and outputs and nothing else")),

    CODECS_ARE_SANS_IO(classes()
            .that()
            .resideInAPackage("io.culvert.wire..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "javax.crypto..",
                    "org.jspecify..",
                    "io.netty.buffer..",
                    "io.netty.util..",
                    "io.culvert.model..",
                    "io.culvert.crypto..",
                    "io.culvert.wire..")
            .because("a codec sees bytes: no channel, no Vert.x, no configuration")),

    CODECS_OPEN_NOTHING(noClasses()
            .that()
            .resideInAnyPackage("io.culvert.wire..", "io.culvert.crypto..", "io.culvert.model..")
            .should()
            .dependOnClassesThat(resideInAPackage("java.nio.channels..")
                    .or(resideInAPackage("java.nio.file.."))
                    .or(nameMatching("java\\.net\\.(Server|Datagram)?Socket"))
                    .or(nameMatching("java\\.lang\\.(Thread|Process|ProcessBuilder)"))
                    .or(resideInAPackage("java.util.concurrent")))
            .because("no socket, no file and no thread inside a codec")),

    CODECS_ARE_GIVEN_THEIR_CLOCK(noClasses()
            .that()
            .resideInAnyPackage("io.culvert.wire..", "io.culvert.crypto..", "io.culvert.model..")
            .should()
            .callMethodWhere(target(nameMatching("now|currentTimeMillis|nanoTime"))
                    .and(target(owner(resideInAnyPackage("java.time..", "java.lang..")))))
            .because("the clock is passed in, so that a test can hold it")),

    CODECS_ARE_GIVEN_THEIR_RANDOMNESS(noClasses()
            .that()
            .resideInAnyPackage("io.culvert.wire..", "io.culvert.crypto..", "io.culvert.model..")
            .should()
            .dependOnClassesThat(
                    nameMatching(
                            "java\\.util\\.(Random|SplittableRandom|concurrent\\.ThreadLocalRandom)|java\\.security\\.SecureRandom"))
            .because("the random source is passed in, so that a vector can be reproduced")),

    PROTOCOLS_ON_THE_WIRE_STAND_ALONE(slices().matching("io.culvert.wire.(*)..")
            .should()
            .notDependOnEachOther()
            // What packets over UDP look like is the same for mKCP and QUIC.
            .ignoreDependency(alwaysTrue(), resideInAPackage("io.culvert.wire.packet"))
            .because("what two protocols share lives above both")),

    SHARED_CODECS_SEE_NO_OTHER_MODULE(noClasses()
            .that()
            .resideInAnyPackage("io.culvert.model..", "io.culvert.crypto..", "io.culvert.wire..", "io.culvert.bus..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.culvert.config..",
                    "io.culvert.transport..",
                    "io.culvert.ingress..",
                    "io.culvert.router..",
                    "io.culvert.egress..",
                    "io.culvert.admin..",
                    "io.culvert.launcher..")
            .because("everything stands on it")),

    CONFIGURATION_IS_READ_WITHOUT_A_RUNTIME(noClasses()
            .that()
            .resideInAPackage("io.culvert.config..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.vertx..", "io.culvert.transport..", "io.culvert.wire..")
            .because("a configuration can be checked without starting anything")),

    THE_EVENT_BUS_IS_SPOKEN_TO_IN_ONE_PLACE(
            noClasses()
                    .that()
                    .resideOutsideOfPackages("io.culvert.bus..", "io.culvert.launcher.cluster..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.vertx.core.eventbus..")
                    .because(
                            "typed clients and services stand in front of the addresses; the launcher only says how the bus is protected")),

    UNDER_VERTX_IS_REACHED_IN_ONE_PLACE(noClasses()
            .that()
            .doNotHaveSimpleName("VertxChannels")
            .and()
            .resideOutsideOfPackage("io.culvert.launcher..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.core.internal..", "io.vertx.core.net.impl..", "io.vertx.core.impl..")
            .because("only VertxChannels adopts the channel under a socket")),

    HAZELCAST_IS_SEEN_BY_THE_LAUNCHER_ONLY(noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.launcher..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.hazelcast..")
            .because("how a farm finds itself is the launcher's affair")),

    SESSIONS_MOVE_AS_BYTEBUFS(noClasses()
            .that()
            .resideInAnyPackage(
                    "io.culvert.transport.relay..",
                    "io.culvert.transport.channel..",
                    "io.culvert.ingress.protocol..",
                    "io.culvert.egress.outbound..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.core.buffer..", "io.vertx.core.json..")
            .because("a Buffer is a copy for each read")),

    SESSIONS_MOVE_WITHOUT_STREAMS(noClasses()
            .that()
            .resideInAnyPackage(
                    "io.culvert.transport.relay..",
                    "io.culvert.transport.channel..",
                    "io.culvert.transport.payload..",
                    "io.culvert.ingress.protocol..",
                    "io.culvert.egress.outbound..")
            .should()
            .callMethodWhere(target(owner(resideInAPackage("java.util.stream..")))
                    .and(describe(
                            "outside of a constructor",
                            call -> !call.getOrigin().isConstructor())))
            .because("a stream is garbage for each call; what is built once with the configuration may use it")),

    JSON_IS_READ_AT_THE_EDGES(noClasses()
            .that()
            .resideOutsideOfPackages("io.culvert.config..", "io.culvert.admin..", "io.culvert.launcher..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.core.json..", "com.fasterxml.jackson..")
            .because("inside there are records")),

    NOTHING_WAITS_ON_A_LOOP(noClasses()
            .that()
            .resideInAnyPackage(
                    "io.culvert.ingress..", "io.culvert.router..", "io.culvert.egress..", "io.culvert.transport..")
            .should()
            .callMethodWhere(target(nameMatching("sleep|get|join|sync|syncUninterruptibly|await|awaitUninterruptibly"))
                    .and(target(owner(nameMatching("java\\.lang\\.Thread")
                            .or(nameMatching("java\\.util\\.concurrent\\.(Future|CompletableFuture|CountDownLatch)"))
                            .or(nameMatching("io\\.netty\\.(util\\.concurrent|channel)\\.\\w*(Future|Promise)")))))
                    // Its join is another thing: it makes one future of several.
                    .or(target(nameMatching("await")).and(target(owner(nameMatching("io\\.vertx\\.core\\.Future"))))))
            .because("an event loop that waits serves nobody")),

    NO_LOCKS_ON_A_LOOP(noMethods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage("io.culvert.ingress..", "io.culvert.egress..", "io.culvert.transport..")
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED)
            .because("a session lives on one loop")),

    ONLY_THE_LAUNCHER_PRINTS(noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.launcher..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .because("everybody else has a log")),

    PACKAGES_HAVE_NO_CYCLES(slices().matching("io.culvert.(**)")
            .should()
            .beFreeOfCycles()
            // The entry of the process: it stands above all and only calls down.
            .ignoreDependency(nameMatching("io\\.culvert\\.launcher\\.Main"), alwaysTrue()));

    private final ArchRule rule;

    Rules(ArchRule rule) {
        this.rule = rule;
    }

    ArchRule rule() {
        return rule;
    }
}
