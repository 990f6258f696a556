#!/usr/bin/env bash
# Expected: a cidr pattern takes /32 and /128 for one address, as aws:SourceIp, security groups and IP sets write it.
# What happens (event-ruler 2.1.0): the rule is refused ('IPv4 mask bits must be < 32'), without a mask as well. /31
# is the narrowest range.
# Why it matters: a list that serves an IAM condition is no pattern as it is: each single address must become a plain
# text, which matches IPv6 in any spelling.
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
    static String attempt(String pattern, String address) {
        try {
            Machine machine = new Machine();
            machine.addRule("rule", "{\"sourceIPAddress\": [" + pattern + "]}");
            String event = "{\"sourceIPAddress\": \"" + address + "\"}";
            return machine.rulesForJSONEvent(event).isEmpty() ? "no match" : "match";
        } catch (Exception refusal) {
            return refusal.getMessage().lines().findFirst().orElse("");
        }
    }

    public static void main(String[] arguments) {
        String[][] pairs = {
            {"{\"cidr\": \"203.0.113.6/31\"}", "203.0.113.7"}, {"{\"cidr\": \"203.0.113.7/32\"}", "203.0.113.7"},
            {"{\"cidr\": \"203.0.113.7\"}", "203.0.113.7"}, {"{\"cidr\": \"2001:db8::7/128\"}", "2001:db8::7"},
            {"{\"cidr\": \"2001:DB8::/64\"}", "2001:db8::7"}, {"\"2001:DB8::7\"", "2001:db8::7"}};
        List<String> found = new ArrayList<>();
        for (String[] pair : pairs) {
            found.add(attempt(pair[0], pair[1]));
            System.out.println(pair[0] + "  address " + pair[1] + "  -> " + found.get(found.size() - 1));
        }
        if (!found.equals(List.of("match", "IPv4 mask bits must be < 32", "Malformed CIDR, one '/' required",
                "IPv6 mask bits must be < 128", "match", "match"))) {
            System.out.println("The behaviour has changed.");
            System.exit(1);
        }
    }
}
JAVA
basename lib/event-ruler-*.jar .jar
java -cp 'lib/*' Main.java
