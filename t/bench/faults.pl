# SPDX-License-Identifier: Apache-2.0
# How much slower pages get while the database is stopped, and while a provider hangs with 64
# registrations: the p99 of each page before and meanwhile, and that of a twin site without the
# fault, asked by turns in the same seconds, so that a noisy machine shows in both. Run by ./dev
# bench faults.
use strict;
use warnings;
use lib 't/lib';
use Client;
use ParallelClients;
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $pages = "<Location /fresh>\nAuthSMSProtect On\nAuthSMSUserCheck 1h\n</Location>\n";

# Two sites of one configuration, each with an account whose standing every child knows.
sub twins {
    my (%o) = @_;
    my @twins;
    for my $name (qw(faulty twin)) {
        my $site = Site->new(
            %o, ($o{driver} // '') eq 'pgsql' ? (pg => Postgres->new) : (),
            sender => 'AuthSMSSender ' . $o{$name}->twilio, locations => $pages
        )->start;
        $site->httpd->write('htdocs/fresh/index.html', 'x' x 1024);
        my $person = Site::person();
        my $id = $site->register($person)->{json}{id};
        $site->api(
            "/user/$id/verify",
            { code => $o{$name}->wait_for(sub { $_[0]->code_for(Site::e164($person)) }) }
            )->{status} == 200
            or die 'not verified';
        my $token = $site->login($person)->{json}{token};
        ParallelClients->repeat_requests(
            8, 20,
            fresh => sub { $site->client->get('/fresh/', Authorization => $token) }
        );
        push @twins, { name => $name, site => $site, person => $person, token => $token };
    }
    return @twins;
}

# Every page of both, by turns, and how long it took: "page-site" => p99 in seconds.
sub p99 {
    my (@twins) = @_;
    my %ask = map {
        my ($site, $token) = @$_{qw(site token)};
        (
            "open-$_->{name}" => sub { $site->client->get('/index.html') },
            "fresh-$_->{name}" => sub { $site->client->get('/fresh/', Authorization => $token) }
        )
    } @twins;
    my ($wrong, $took) = ParallelClients->repeat_requests(2, 500, %ask);
    die "not served: @$wrong[0 .. ($#$wrong < 5 ? $#$wrong : 5)]" if @$wrong;
    return map { $_ => ParallelClients::quantile(.99, @{ $took->{$_} }) } keys %ask;
}

sub report {
    my ($fault, $before, $during) = @_;
    print "$fault: p99 of 1,000 pages on new connections, milliseconds\n";
    for my $page (qw(open fresh)) {
        printf "  %-28s %6.2f before, %6.2f meanwhile (%.1f x); its twin %6.2f, %6.2f\n",
            $page eq 'open' ? 'a static page' : 'a guarded page, fresh verdict',
            1e3 * $before->{"$page-faulty"}, 1e3 * $during->{"$page-faulty"},
            $during->{"$page-faulty"} / $before->{"$page-faulty"}, 1e3 * $before->{"$page-twin"},
            1e3 * $during->{"$page-twin"};
    }
}

sub database {
    my @twins = twins(
        driver => 'pgsql', faulty => Provider->start, twin => Provider->start, children => 2,
        threads => 25, server => "AuthSMSLimit * off"
    );
    my $site = $twins[0]{site};
    my $postmaster = do {
        open my $in, '<', "$site->{pg}{dir}/data/postmaster.pid" or die "postmaster.pid: $!";
        <$in> + 0;
    };
    my %before = p99(@twins);
    my @stopped = ($postmaster, split ' ', `ps -o pid= --ppid $postmaster`);
    kill 'STOP', @stopped;
    my $asking = ParallelClients->start(
        map {
            sub { $site->login($twins[0]{person}) }
        } 1 .. 40
    );
    sleep 0.3;
    my %during = p99(@twins);
    kill 'CONT', @stopped;
    $asking->lines;
    report('PostgreSQL stopped, 40 logins', \%before, \%during);
    for (@twins) { $_->{site}->httpd->expect_log(qr/./); $_->{site}->stop; $_->{site}{pg}->stop }
}

sub provider {
    my ($faulty, $fine) = map { Provider->start } 1, 2;
    my @twins = twins(
        faulty => $faulty, twin => $fine, children => 6, threads => 25,
        server => "StartServers 6\nMaxSpareThreads 150\nAuthSMSTimeout 2s 8s\nAuthSMSLimit * off"
    );
    my %before = p99(@twins);
    $faulty->set_mode('hang');
    my $asking = ParallelClients->start(
        map {
            my $person = Site::person();
            sub { $twins[0]{site}->register($person) }
        } 1 .. 64
    );
    $faulty->wait_for(sub { $faulty->requests > 30 });
    my %during = p99(@twins);
    $asking->stop;
    report('a provider that hangs, 64 registrations', \%before, \%during);
    for (@twins) { $_->{site}->httpd->expect_log(qr/./); $_->{site}->stop }
}

if (Postgres::available()) { database() }
else { print "no PostgreSQL here\n" }
provider();
done_testing;
