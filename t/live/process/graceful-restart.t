# SPDX-License-Identifier: Apache-2.0
# Graceful restarts under load: no request fails, and tokens and account states stay right.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

for my $mpm (qw(event prefork)) {
    subtest $mpm => sub {
        my $site = Site->new(
            mpm => $mpm, children => 3, threads => 10,
            server => "AuthSMSLimit * off\nAuthSMSUserCheck 1h"
        )->start;
        my @people = map { $site->signup } 1 .. 8;
        my $end = time + 6;
        my $crowd = ParallelClients->start(
            map {
                my $person = $_;
                sub {
                    my ($say) = @_;
                    for (my $n = 0; time < $end; $n++) {
                        my $r =
                              $n % 3 == 2
                            ? $site->login($person)
                            : $site->client->get(
                            $n % 3 ? '/app_api/users' : '/private/',
                            Authorization => $person->{token}
                            );
                        $say->($r->{status} // 'lost');
                    }
                }
            } @people
        );
        my $restarts = 0;
        while (time < $end - 1) { $site->httpd->graceful; $restarts++; sleep 0.7 }
        my @answers = $crowd->lines;
        is_deeply [grep { $_ ne '200' } @answers], [],
            scalar(@answers) . " requests, $restarts restarts, none failed";
        my $token = $people[0]{token};
        $site->client->get('/private/', Authorization => $token) for 1 .. 20;
        $site->httpd->graceful;
        is $site->api('/logout', {}, Authorization => $token)->{status}, 200,
            'responses after a restart';
        is_deeply [
            grep { $_ != 401 }
            map { $site->client->get('/private/', Authorization => $token)->{status} } 1 .. 20
            ],
            [], 'a change after the restart applies at once';
        $site->stop;
    };
}
done_testing;
