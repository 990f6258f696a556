#!/usr/bin/env bash
# Expected: a cidr pattern of IPv4 matches IPv4 addresses only, one of IPv6 only IPv6, as in IAM conditions.
# What happens (event-ruler 2.1.0): addresses are compared as hexadecimal text, so 38.0.0.0/8 (0x26) matches
# 2600:1f18::1, and 2600::/12 matches 38.5.5.5.
# Why it matters: CloudTrail's sourceIPAddress holds both families. A list of IPv4 ranges also covers IPv6 callers;
# SQL and IAM copies of the same rule do not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>software.amazon.event.ruler</groupId>
      <artifactId>event-ruler</artifactId>
      <version>2.1.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode -Dstyle.color=never -Dmaven.repo.local="$work/repository" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib
cat > Main.java <<'JAVA'
import java.util.*;
import software.amazon.event.ruler.Machine;

@SuppressWarnings("deprecation")
public class Main {
    static boolean matches(String cidr, String address) throws Exception {
        Machine machine = new Machine();
        machine.addRule("rule", "{\"sourceIPAddress\": [{\"cidr\": \"" + cidr + "\"}]}");
        return !machine.rulesForJSONEvent("{\"sourceIPAddress\": \"" + address + "\"}").isEmpty();
    }

    public static void main(String[] arguments) throws Exception {
        String[][] pairs = {
            {"38.0.0.0/8", "38.1.2.3"}, {"38.0.0.0/8", "2600:1f18::1"}, {"38.0.0.0/8", "2a05:d018::1"},
            {"2600::/12", "2600:1f18::1"}, {"2600::/12", "38.5.5.5"}, {"2600::/12", "10.0.0.1"}};
        List<Boolean> found = new ArrayList<>();
        for (String[] pair : pairs) {
            found.add(matches(pair[0], pair[1]));
            System.out.println("cidr " + pair[0] + "  address " + pair[1] + "  matches " + found.get(found.size() - 1));
        }
        if (!found.equals(List.of(true, true, false, true, true, false))) {
            System.out.println("The behaviour has changed.");
            System.exit(1);
        }
    }
}
JAVA
basename lib/event-ruler-*.jar .jar
java -cp 'lib/*' Main.java
