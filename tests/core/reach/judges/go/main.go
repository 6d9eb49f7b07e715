// Reads one world as JSON a line from standard input, and prints what cyclonus says of every connection in it, a line
// each: a digit for every source, destination and port, in this order; 1 for ingress allowed, 2 for egress allowed, 3
// for both, 0 for neither.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

const longest = 1 << 22 // bytes of a line; a world has some 10 KiB

type end struct {
	Peer  matcher.TrafficPeer
	Names []string // of each of the world's ports, as this end declares it; "" where it doesn't
}

type port struct {
	Number   int
	Protocol core.Protocol
}

type world struct {
	Policies []*networking.NetworkPolicy
	Ends     []*end
	Ports    []port
}

func main() {
	if len(os.Args) > 1 { // any argument: the question whether it runs at all
		fmt.Println("cyclonus")
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, longest), longest)
	for lines.Scan() {
		asked := world{}
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		if _, err := os.Stdout.Write(append(judge(&asked), '\n')); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func judge(asked *world) []byte {
	policies := matcher.BuildNetworkPolicies(true, asked.Policies)
	answers := make([]byte, 0, len(asked.Ends)*len(asked.Ends)*len(asked.Ports))
	for _, source := range asked.Ends {
		for _, destination := range asked.Ends {
			for index, port := range asked.Ports {
				verdict := policies.IsTrafficAllowed(&matcher.Traffic{
					Source:           &source.Peer,
					Destination:      &destination.Peer,
					ResolvedPort:     port.Number,
					ResolvedPortName: destination.Names[index],
					Protocol:         port.Protocol,
				})
				answer := byte('0')
				if verdict.Ingress.IsAllowed() {
					answer++
				}
				if verdict.Egress.IsAllowed() {
					answer += 2
				}
				answers = append(answers, answer)
			}
		}
	}
	return answers
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
