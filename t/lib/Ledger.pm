# SPDX-License-Identifier: Apache-2.0
# Clients of several httpd servers on one database, and a ledger of their responses. Each 201, login
# and logout that a client received must still hold after the fault.
package Ledger;
use strict;
use warnings;
use ParallelClients ();
use Site ();
use Time::HiRes qw(sleep time);

# One of the servers, at random.
sub _pick_site { my ($sites) = @_; return $sites->[rand @$sites] }

# Send one request to any server; its ledger line is "request NAME STATUS SECONDS BEGIN".
sub _request {
    my ($say, $sites, $name, $ask) = @_;
    my $begin = time;
    my $r = eval { $ask->(_pick_site($sites)) } // {};
    my $status = $r->{status} // 0;
    $say->(sprintf 'request %s %s %.3f %.3f', $name, $status, time - $begin, $begin);
    $say->("wrong $name: 503 without Retry-After")
        if $status == 503 && !$r->{headers}{'retry-after'};
    return ($status, $r);
}

# Repeat a request until its status is not 503, or $ended.
sub _retry_while_503 {
    my ($ended, @ask) = @_;
    while (1) {
        my ($status, $r) = _request(@ask);
        return ($status, $r) if $status != 503 || $ended->();
        sleep 0.2;
    }
}

# A function that gets the protected page with this token.
sub _get_page {
    my ($token) = @_;
    return sub { $_[0]->client->get('/private/', Authorization => $token) }
}

# One client: register, log in, read the page, log out, use an older session; until the stop file
# exists.
sub _run_client {
    my ($stop, $sites, $file) = @_;
    return sub {
        # A pipe without a reader would fill up and block the client.
        open my $out, '>', $file or die "$file: $!";
        my $say = sub { syswrite $out, "$_[0]\n" };
        my $ended = sub { -e $stop };
        my (@people, @tokens);
        my $wrong = sub {
            my ($name, $status, @right) = @_;
            $say->("wrong $name: $status") unless grep { $_ == $status } 503, @right;
        };
        for (my $n = 0; !$ended->(); $n++) {
            my $person = { %{ Site::person() }, username => "user$$-$n" };
            # 409: an earlier attempt that returned 503 has created the account.
            my ($made) = _retry_while_503(
                $ended, $say, $sites, 'register',
                sub { $_[0]->register($person) }
            );
            $wrong->('register', $made, 201, 409);
            next if $made != 201 && $made != 409;
            $say->("made $person->{username} $person->{password}");
            push @people, $person;
            my ($in, $login) =
                _retry_while_503($ended, $say, $sites, 'login', sub { $_[0]->login($person) });
            $wrong->('login', $in, 200);
            next if $in != 200;
            my $token = $login->{json}{token} // '';
            $say->("in $token");
            my ($page) = _retry_while_503($ended, $say, $sites, 'page', _get_page($token));
            $wrong->('page', $page, 200);
            if ($n % 2) {
                push @tokens, $token;
                my ($old) = _request($say, $sites, 'page', _get_page($tokens[rand @tokens]));
                $wrong->('page, older session', $old, 200);
                my $known = $people[rand @people];
                my ($again, $second) =
                    _request($say, $sites, 'login', sub { $_[0]->login($known) });
                $wrong->('login, older account', $again, 200);
                $say->('in ' . ($second->{json}{token} // '')) if $again == 200;
            }
            else {
                $say->("leaving $token");
                my ($out) = _retry_while_503(
                    $ended, $say, $sites, 'logout',
                    sub { $_[0]->api('/logout', {}, Authorization => $token) }
                );
                $wrong->('logout', $out, 200);
                next if $out != 200;
                $say->("out $token");
                my ($after) = _request($say, $sites, 'page', _get_page($token));
                $wrong->('page after logout', $after, 401);
            }
            sleep 0.1;
        }
    };
}

# Start $clients clients of these sites.
sub start {
    my ($class, $clients, @sites) = @_;
    my $stop = $sites[0]->httpd->dir . '/ledger.stop';
    unlink $stop;
    my @files = map { $sites[0]->httpd->dir . "/ledger.$_" } 1 .. $clients;
    return bless {
        sites => \@sites, clients => $clients, files => \@files,
        crowd => ParallelClients->start(map { _run_client($stop, \@sites, $_) } @files)
    }, $class;
}

# Stop the clients, then check everything they had acknowledged. Sets wrong and requests (lists),
# slowest (a request), made (accounts), in (logins) and out (logouts).
sub stop_and_check {
    my ($self) = @_;
    $self->{sites}[0]->httpd->write('ledger.stop', '');
    my @lines = $self->{crowd}->lines;
    for my $file (@{ $self->{files} }) {
        open my $in, '<', $file or die "$file: $!";
        chomp(my @its = <$in>);
        push @lines, @its;
    }
    my (%password, %token);
    for (@lines) {
        if (/^made (\S+) (.*)$/) { $password{$1} = $2 }
        elsif (/^(in|leaving|out) (.*)$/) { $token{$2} = $1 }
    }
    my @requests = map {
        my (undef, $name, $status, $seconds, $begin) = split;
        { name => $name, status => $status, seconds => $seconds, begin => $begin }
        }
        grep { /^request/ } @lines;
    my @wrong = map { s/^wrong //r } grep { !/^(?:request|made|in|leaving|out) / } @lines;
    $self->{requests} = \@requests;
    ($self->{slowest}) = sort { $b->{seconds} <=> $a->{seconds} } @requests;
    $self->{made} = keys %password;
    $self->{in} = grep { /^in / } @lines;
    $self->{out} = grep { $_ eq 'out' } values %token;

    my @checks = (
        (
            map {
                my $name = $_;
                [
                    'account', $name, 200,
                    sub { $_[0]->login({ username => $name, password => $password{$name} }) }
                ]
            } sort keys %password
        ),
        (
            map { my $is = $token{$_}; ['session', $is, $is eq 'out' ? 401 : 200, _get_page($_)] }
            grep { $token{$_} ne 'leaving' } sort keys %token
        )
    );
    my @found = ParallelClients->start(
        map {
            my $part = $_;
            sub {
                my ($say) = @_;
                my $until = time + 20;
                for my $check (@checks[grep { $_ % $self->{clients} == $part } 0 .. $#checks]) {
                    my ($kind, $what, $right, $ask) = @$check;
                    my ($status) =
                        _retry_while_503(sub { time > $until }, $say, $self->{sites}, $kind, $ask);
                    $say->("wrong $kind ($what): $status, not $right") if $status != $right;
                }
            }
        } 0 .. $self->{clients} - 1
    )->lines;
    push @wrong, map { s/^wrong //r } grep { !/^request/ } @found;
    $self->{wrong} = \@wrong;
    return $self;
}

# Seconds from then until a login succeeds; undef: never.
sub seconds_until_login {
    my ($self, $then) = @_;
    my ($first) =
        sort { $a <=> $b }
        grep { $_ > $then }
        map { $_->{begin} + $_->{seconds} }
        grep { $_->{name} eq 'login' && $_->{status} == 200 } @{ $self->{requests} };
    return $first ? $first - $then : undef;
}

# Seconds from the first 503 until a login succeeds after $then; 0: there was no 503.
sub outage_seconds {
    my ($self, $then) = @_;
    my ($first) =
        sort { $a <=> $b } map { $_->{begin} } grep { $_->{status} == 503 } @{ $self->{requests} };
    return $first ? $then + ($self->seconds_until_login($then) // 999) - $first : 0;
}

# The number of responses by status, as text.
sub statuses {
    my ($self) = @_;
    my %n;
    $n{ $_->{status} }++ for @{ $self->{requests} };
    return join ', ', map { "$n{$_} x $_" } sort keys %n;
}

1;
